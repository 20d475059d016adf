-- Open factories of all industries, added up by state.
with totals as (
    select
        survey_year,
        state_code,
        state_name,
        count(*) as factories_sampled,
        {{ measure_totals() }},
        max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from {{ ref('int_open_factory') }}
    group by survey_year, state_code, state_name
),

gaps as (
    select * from {{ ref('int_survey_year_gaps') }}
)

select
    totals.survey_year,
    totals.state_code,
    totals.state_name,
    totals.factories_sampled,
    {{ measure_columns() }},
    gaps.null_reason,
    gaps.missing_blocks,
    totals.is_synthetic
from totals
inner join gaps on totals.survey_year = gaps.survey_year
