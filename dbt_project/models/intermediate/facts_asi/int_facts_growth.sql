-- Growth of output and employment of each state and cluster as FACTS reports it: output at constant
-- prices where deflators are given. Districts have none: their codes of different years are not linked.
with growth as (
    select * from {{ ref('int_indicator_growth') }}
    where state_basis = 'official'
),

availability as (
    select * from {{ ref('int_variable_availability') }}
),

cells as (
    select * from {{ ref('int_facts_cells') }}
    where domain = 'state_cluster'
),

growths as (
    select
        survey_year,
        state_code,
        cluster_code,
        base_year,
        is_other_state,
        'total_output' as numerator,
        coalesce(total_output_growth_constant, total_output_growth) as value,
        -- the deflators are taken as known
        total_output_growth_se * coalesce(
            (1 + total_output_growth_constant) / nullif(1 + total_output_growth, 0), 1
        ) as standard_error
    from growth

    union all

    select
        survey_year,
        state_code,
        cluster_code,
        base_year,
        is_other_state,
        'total_employees' as numerator,
        total_employees_growth as value,
        total_employees_growth_se as standard_error
    from growth
)

select
    growths.survey_year,
    growths.state_code,
    growths.cluster_code,
    growths.numerator,
    growths.base_year,
    growths.value,
    growths.standard_error,
    case
        when growths.is_other_state then 'definition_break'
        else availability.null_reason
    end as null_reason,
    case
        when base.object_id is null then 'no_earlier_year'
        when base.production_hidden then base.hidden_status
    end as base_reason
from growths
left join availability
    on growths.base_year = availability.survey_year
    and growths.numerator = availability.variable
left join cells as base
    on growths.base_year = base.survey_year
    and growths.state_code = base.state_code
    and growths.cluster_code = base.cluster_code
