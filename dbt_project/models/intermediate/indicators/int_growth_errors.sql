-- Standard errors and 95 % limits of the growth of each state and cluster. The two samples are taken as
-- independent: the distance of a limit, on the logarithm, is the root of both years' squared distances.
{% set cell = ['state_basis', 'state_code', 'cluster_code'] -%}
with growth as (
    select * from {{ ref('int_indicator_growth') }}
),

levels as (
    select
        *
        {%- for value in growth_values() %},
        case when {{ value }}_lower > 0 and {{ value }} > 0
            then ln({{ value }} / {{ value }}_lower) end as {{ value }}_down,
        case when {{ value }}_lower > 0 and {{ value }} > 0
            then ln({{ value }}_upper / {{ value }}) end as {{ value }}_up
        {%- endfor %}
    from {{ ref('int_indicator_errors') }}
),

distances as (
    select
        growth.state_basis,
        growth.survey_year,
        growth.state_code,
        growth.cluster_code,
        growth.span_years
        {%- for value in growth_values() %},
        case when now.{{ value }} > 0 then growth.{{ value }}_growth end as {{ value }}_growth,
        sqrt(now.{{ value }}_relative_variance + base.{{ value }}_relative_variance)
            as {{ value }}_error,
        sqrt(power(now.{{ value }}_down, 2) + power(base.{{ value }}_up, 2)) as {{ value }}_down,
        sqrt(power(now.{{ value }}_up, 2) + power(base.{{ value }}_down, 2)) as {{ value }}_up
        {%- endfor %}
    from growth
    inner join levels as now
        on growth.survey_year = now.survey_year
        {% for key in cell -%}
        and growth.{{ key }} = now.{{ key }}
        {% endfor -%}
    inner join levels as base
        on growth.base_year = base.survey_year
        {% for key in cell -%}
        and growth.{{ key }} = base.{{ key }}
        {% endfor %}
)

select
    state_basis,
    survey_year,
    state_code,
    cluster_code
    {%- for value in growth_values() %},
    (1 + {{ value }}_growth) * {{ value }}_error / span_years as {{ value }}_growth_se
    {%- for limit, side, sign in [('lower', 'down', '-'), ('upper', 'up', '')] %},
    case when {{ value }}_{{ side }} is not null
        then (1 + {{ value }}_growth)
        * exp({{ sign }}{{ capped(value ~ '_' ~ side) }} / span_years) - 1
    end as {{ value }}_growth_{{ limit }}
    {%- endfor %}
    {%- endfor %}
from distances
