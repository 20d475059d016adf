-- Whether each survey year gives a variable, and if not, why: no item of the year's schedule makes it,
-- or blocks that make it are not in the release. A derived variable needs all that its parts need.
with years as (
    select * from {{ source('asi', 'survey_years') }}
),

variables as (
    select distinct variable from {{ ref('variable_fields') }}
),

rules as (
    select * from {{ ref('int_measure_rules') }}
),

needs as (
    select
        survey_year,
        variable,
        block
    from rules
    where block <> 'derived'

    union

    select
        derived.survey_year,
        derived.variable,
        coalesce(parts.block, 'none') as block
    from rules as derived
    left join rules as parts
        on derived.survey_year = parts.survey_year
        and derived.field = parts.variable
    where derived.block = 'derived'
),

by_variable as (
    select
        years.survey_year,
        variables.variable,
        count(needs.block) as blocks_needed,
        max(case when needs.block = 'none' then 1 else 0 end) as parts_not_collected,
        {% for letter in 'abcdefghij' -%}
        max(
            case
                when needs.block = '{{ letter }}' and years.blocks not like '%{{ letter }}%'
                    then '{{ letter | upper }}'
                else ''
            end
        ){{ ' || ' if not loop.last }}
        {%- endfor %} as missing_blocks,
        years.is_synthetic
    from years
    cross join variables
    left join needs
        on years.survey_year = needs.survey_year
        and variables.variable = needs.variable
    group by years.survey_year, variables.variable, years.is_synthetic
)

select
    survey_year,
    variable,
    blocks_needed > 0 and parts_not_collected = 0 and missing_blocks = '' as is_available,
    case
        when blocks_needed = 0 or parts_not_collected = 1 then 'not_collected_this_year'
        when missing_blocks <> '' then 'block_not_in_release'
    end as null_reason,
    missing_blocks,
    is_synthetic
from by_variable
