-- Totals of open factories by state and industry code as the return gives it, with sampling variances.
{% set domain = ['survey_year', 'nic_version', 'nic_code', 'state_code', 'cluster_code', 'assignment_rule'] %}
{% set carried = ['state_name'] %}
with by_stratum as (
    {{ stratum_sums(ref('int_open_factory'), domain, measures(), carried) }}
),

totals as (
    {{ domain_totals('by_stratum', domain, measures(), carried) }}
)

select * from totals
