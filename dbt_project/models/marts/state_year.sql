-- Open factories of all industries, added up by state.
with totals as (
    select * from {{ ref('int_state_totals') }}
    where state_basis = 'official'
),

gaps as (
    select * from {{ ref('int_survey_year_gaps') }}
)

select
    totals.survey_year,
    totals.basis_state_code as state_code,
    totals.basis_state_name as state_name,
    totals.factories_sampled,
    {{ published_measures('totals') }}
    gaps.null_reason,
    gaps.missing_blocks,
    totals.is_synthetic
from totals
inner join gaps on totals.survey_year = gaps.survey_year
