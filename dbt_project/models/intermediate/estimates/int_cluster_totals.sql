-- Totals of open factories by cluster, all India, with sampling variances.
{% set domain = ['survey_year', 'cluster_code'] %}
{% set carried = ['cluster_name', 'cluster_type'] %}
with by_stratum as (
    {{ stratum_sums(ref('int_open_factory'), domain, measures(), carried) }}
),

totals as (
    {{ domain_totals('by_stratum', domain, measures(), carried) }}
)

select * from totals
