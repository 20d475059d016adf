-- Open factories, added up by state and industry code as the return gives it.
with totals as (
    select * from {{ ref('int_nic_state_totals') }}
),

gaps as (
    select * from {{ ref('int_survey_year_gaps') }}
),

years as (
    {{ controlled_years() }}
),

hidden as (
    {{ hidden_families(
        'state_industry',
        ['state_code', 'cluster_code', 'nic_version', 'nic_code', 'assignment_rule']
    ) }}
)

select
    totals.survey_year,
    totals.nic_version,
    totals.nic_code,
    totals.state_code,
    totals.state_name,
    totals.cluster_code,
    totals.assignment_rule,
    totals.factories_sampled,
    {{ published_measures('totals', 'hidden') }}
    {{ disclosure_columns() }}
    gaps.missing_blocks,
    totals.is_synthetic
from totals
inner join gaps on totals.survey_year = gaps.survey_year
inner join years on totals.survey_year = years.survey_year
left join hidden
    on totals.survey_year = hidden.survey_year
    and totals.state_code = hidden.state_code
    and totals.cluster_code = hidden.cluster_code
    and totals.nic_version = hidden.nic_version
    and totals.nic_code = hidden.nic_code
    and totals.assignment_rule = hidden.assignment_rule
