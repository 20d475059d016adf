-- Open factories, added up by state and industry code as the return gives it.
with totals as (
    select * from {{ ref('int_nic_state_totals') }}
),

gaps as (
    select * from {{ ref('int_survey_year_gaps') }}
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
    {{ published_measures('totals') }}
    gaps.null_reason,
    gaps.missing_blocks,
    totals.is_synthetic
from totals
inner join gaps on totals.survey_year = gaps.survey_year
