-- Totals of open factories by state, all industries, with sampling variances; official and harmonised
-- states.
{% set domain = ['state_basis', 'survey_year', 'basis_state_code'] %}
{% set carried = ['basis_state_name'] %}
with by_stratum as (
    {{ stratum_sums(ref('int_factory_by_state'), domain, measures(), carried) }}
),

totals as (
    {{ domain_totals('by_stratum', domain, measures(), carried) }}
)

select * from totals
