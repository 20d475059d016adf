-- Growth of each state and cluster since the newest survey year that lies enough years back, in the
-- official and the harmonised states. Breaks of definitions in between are named; a state that was split
-- or merged in between has no growth on its official basis. Errors take the two samples as independent.
with cells as (
    select * from {{ ref('int_indicator_cells') }}
),

rules as (
    {{ indicator_rules(['growth_years']) }}
),

years as (
    select
        survey_year,
        cast(substr(survey_year, 1, 4) as integer) as year_start
    from {{ source('asi', 'survey_years') }}
),

breaks as (
    select * from {{ ref('definition_breaks') }}
),

deflators as (
    select * from {{ source('user', 'user_deflators') }}
),

pairs as (
    select
        later.survey_year,
        max(earlier.survey_year) as base_year,
        later.year_start - max(earlier.year_start) as span_years
    from years as later
    cross join rules
    inner join years as earlier on earlier.year_start <= later.year_start - rules.growth_years
    group by later.survey_year, later.year_start
),

break_kinds as (
    select
        pairs.survey_year,
        {% for kind in ['industry', 'design', 'frame'] -%}
        max(case when breaks.kind = '{{ kind }}' then ' {{ kind }}' else '' end)
        {{- ' || ' if not loop.last }}
        {% endfor -%} as breaks_between
    from pairs
    left join breaks
        on breaks.first_year > pairs.base_year
        and breaks.first_year <= pairs.survey_year
    group by pairs.survey_year
),

state_breaks as (
    select distinct
        pairs.survey_year,
        breaks.state_code
    from pairs
    inner join breaks
        on breaks.first_year > pairs.base_year
        and breaks.first_year <= pairs.survey_year
        and breaks.kind = 'state'
),

growth as (
    select
        now.state_basis,
        now.survey_year,
        now.state_code,
        now.cluster_code,
        pairs.base_year,
        pairs.span_years,
        trim(
            break_kinds.breaks_between
            || case when state_breaks.state_code is not null then ' state' else '' end
        ) as definition_breaks,
        state_breaks.state_code is not null as is_other_state,
        {% for value in growth_values() -%}
        case when state_breaks.state_code is null then now.{{ value }} end as {{ value }}_now,
        case when state_breaks.state_code is null then base.{{ value }} end as {{ value }}_base,
        case when now.{{ value }} <> 0 and base.{{ value }} <> 0 then sqrt(
            power(now.{{ value }}_se / now.{{ value }}, 2)
            + power(base.{{ value }}_se / base.{{ value }}, 2)
        ) end as {{ value }}_error,
        {% endfor -%}
        now.total_employees_cluster as cluster_now,
        base.total_employees_cluster as cluster_base,
        now.total_employees_country as country_now,
        base.total_employees_country as country_base,
        deflators_now.deflator as deflator_now,
        deflators_base.deflator as deflator_base,
        base.production_hidden as is_base_hidden,
        base.cluster_hidden as is_base_cluster_hidden
    from cells as now
    inner join pairs on now.survey_year = pairs.survey_year
    inner join break_kinds on now.survey_year = break_kinds.survey_year
    inner join cells as base
        on pairs.base_year = base.survey_year
        and now.state_basis = base.state_basis
        and now.state_code = base.state_code
        and now.cluster_code = base.cluster_code
    left join state_breaks
        on now.survey_year = state_breaks.survey_year
        and now.state_code = state_breaks.state_code
        and now.state_basis = 'official'
    left join deflators as deflators_now on now.survey_year = deflators_now.survey_year
    left join deflators as deflators_base on pairs.base_year = deflators_base.survey_year
)

select
    state_basis,
    survey_year,
    state_code,
    cluster_code,
    base_year,
    span_years,
    definition_breaks,
    is_other_state,
    {% for value in growth_values() -%}
    case
        when {{ value }}_base > 0 and {{ value }}_now >= 0
            then power({{ value }}_now / {{ value }}_base, 1.0 / span_years) - 1
    end as {{ value }}_growth,
    case
        when {{ value }}_base > 0 and {{ value }}_now > 0
            then power({{ value }}_now / {{ value }}_base, 1.0 / span_years)
            * {{ value }}_error / span_years
    end as {{ value }}_growth_se,
    case
        when abs({{ value }}_now) + abs({{ value }}_base) > 0
            then 2 * ({{ value }}_now - {{ value }}_base)
            / (abs({{ value }}_now) + abs({{ value }}_base))
    end as {{ value }}_symmetric_growth,
    case
        when {{ value }}_base > 0 and {{ value }}_now > 0
            then 4 * {{ value }}_now * {{ value }}_base
            / power({{ value }}_now + {{ value }}_base, 2) * {{ value }}_error
    end as {{ value }}_symmetric_growth_se,
    {% endfor -%}
    case
        when gross_value_added_base > 0 and gross_value_added_now >= 0
            then power(
                (gross_value_added_now / deflator_now) / (gross_value_added_base / deflator_base),
                1.0 / span_years
            ) - 1
    end as gross_value_added_growth_constant,
    case
        when total_output_base > 0 and total_output_now >= 0
            then power(
                (total_output_now / deflator_now) / (total_output_base / deflator_base),
                1.0 / span_years
            ) - 1
    end as total_output_growth_constant,
    total_employees_base * (country_now / nullif(country_base, 0) - 1) as shift_share_national,
    total_employees_base * (
        cluster_now / nullif(cluster_base, 0) - country_now / nullif(country_base, 0)
    ) as shift_share_mix,
    total_employees_now - total_employees_base * cluster_now / nullif(cluster_base, 0)
        as shift_share_regional,
    is_base_hidden,
    is_base_cluster_hidden
from growth
