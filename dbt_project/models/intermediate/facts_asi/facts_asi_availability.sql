-- Whether each survey year gives each parameter and component, by the variables of its recipe, and if
-- not, why.
with recipes as (
    select * from {{ ref('facts_asi_recipes') }}
),

variables as (
    select * from {{ ref('int_variable_availability') }}
),

years as (
    select
        survey_year,
        is_synthetic
    from {{ source('asi', 'survey_years') }}
),

-- counts of returns need block A alone, which every release has: no variable of theirs is listed
reasons as (
    select
        years.survey_year,
        recipes.parameter_code,
        recipes.component,
        coalesce(of_numerator.null_reason, '') || '/' || coalesce(of_denominator.null_reason, '')
            as reasons,
        coalesce(of_numerator.missing_blocks, '') as numerator_blocks,
        coalesce(of_denominator.missing_blocks, '') as denominator_blocks,
        years.is_synthetic
    from years
    cross join recipes
    left join variables as of_numerator
        on years.survey_year = of_numerator.survey_year
        and recipes.numerator = of_numerator.variable
    left join variables as of_denominator
        on years.survey_year = of_denominator.survey_year
        and recipes.denominator = of_denominator.variable
)

select
    survey_year,
    parameter_code,
    component,
    reasons = '/' as is_available,
    case
        when reasons like '%not_collected_this_year%' then 'not_collected_this_year'
        when reasons like '%block_not_in_release%' then 'block_not_in_release'
    end as null_reason,
    case
        when numerator_blocks = denominator_blocks then numerator_blocks
        else numerator_blocks || denominator_blocks
    end as missing_blocks,
    is_synthetic
from reasons
