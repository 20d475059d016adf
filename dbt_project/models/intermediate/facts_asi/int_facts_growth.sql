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

errors as (
    select * from {{ ref('int_growth_errors') }}
    where state_basis = 'official'
),

joined as (
    select
        growth.*,
        {% for value in ['total_output', 'total_employees'] -%}
        {% for limit in ['lower', 'upper'] -%}
        errors.{{ value }}_growth_{{ limit }},
        {% endfor -%}
        {% endfor -%}
        -- the deflators are taken as known
        coalesce(
            (1 + growth.total_output_growth_constant) / nullif(1 + growth.total_output_growth, 0), 1
        ) as fall_of_prices
    from growth
    left join errors
        on growth.survey_year = errors.survey_year
        and growth.state_code = errors.state_code
        and growth.cluster_code = errors.cluster_code
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
        total_output_growth_se * fall_of_prices as standard_error,
        {% for limit in ['lower', 'upper'] -%}
        (1 + total_output_growth_{{ limit }}) * fall_of_prices - 1 as value_{{ limit }},
        {% endfor -%}
        case
            when total_output_growth_constant is not null then 'earlier_year_constant_prices'
            else 'earlier_year_current_prices'
        end as value_basis
    from joined

    union all

    select
        survey_year,
        state_code,
        cluster_code,
        base_year,
        is_other_state,
        'total_employees' as numerator,
        total_employees_growth as value,
        total_employees_growth_se as standard_error,
        total_employees_growth_lower as value_lower,
        total_employees_growth_upper as value_upper,
        null as value_basis
    from joined
)

select
    growths.survey_year,
    growths.state_code,
    growths.cluster_code,
    growths.numerator,
    growths.base_year,
    growths.value,
    growths.standard_error,
    growths.value_lower,
    growths.value_upper,
    growths.value_basis,
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
