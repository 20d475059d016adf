-- Standard errors, degrees of freedom and 95 % limits of what is published of every state and cluster: the
-- totals and ratios of int_estimate_errors, and from these shares and location quotients. A share goes with
-- its total: its logarithm moves by `slope` with that of the total, whose limits are asymmetric, and beside
-- that by what the rest of the state, cluster and country leaves to chance (`rest`, relative, by Taylor
-- linearisation). Shares have limits on the logit, quotients on the logarithm (docs/small-cells.md); those of
-- a cell that has none, and is certain, are zero.
{% set values = growth_values() -%}
with cells as (
    select * from {{ ref('int_indicator_cells') }}
),

errors as (
    select * from {{ ref('int_estimate_errors') }}
    where domain = 'state_cluster'
),

-- a cell without open factories has no row of errors
selected_cells as (
    select * from {{ ref('int_selected_cells') }}
    where domain = 'state_cluster'
),

joined as (
    select
        cells.*,
        coalesce(errors.factories_drawn, 0) as factories_drawn,
        coalesce(errors.is_certain, selected_cells.factories_selected is null) as is_certain,
        {% for value in (
            values + quotient_measures().values() | list + ratios().keys() | list + ['skill_premium']
        ) | unique -%}
        {% for kind in ['smoothed_variance', 'degrees', 'lower', 'upper'] -%}
        errors.{{ value }}_{{ kind }},
        {% endfor -%}
        {% endfor -%}
        {% for name, y in quotient_measures().items() -%}
        1 / nullif(cells.{{ y }}_cluster, 0) as share_of_cluster_{{ name }}_others,
        1 / nullif(cells.{{ y }}_state, 0) as share_of_state_{{ name }}_others,
        1 / nullif(cells.{{ y }}_state, 0) + 1 / nullif(cells.{{ y }}_cluster, 0)
        - 1 / nullif(cells.{{ y }}_country, 0) as lq_{{ name }}_others
        {{- ',' if not loop.last }}
        {% endfor %}
    from cells
    left join errors
        on cells.state_basis = errors.state_basis
        and cells.survey_year = errors.survey_year
        and cells.state_code = errors.state_code
        and cells.cluster_code = errors.cluster_code
    left join selected_cells
        on cells.state_basis = selected_cells.state_basis
        and cells.survey_year = selected_cells.survey_year
        and cells.state_code = selected_cells.state_code
        and cells.cluster_code = selected_cells.cluster_code
),

parts as (
    select
        *
        {%- for name, y in quotient_measures().items() %},
        case when {{ y }}_lower > 0 then ln({{ y }} / {{ y }}_lower) end as {{ y }}_down,
        case when {{ y }}_lower > 0 then ln({{ y }}_upper / {{ y }}) end as {{ y }}_up
        {%- for kind in ['share_of_cluster', 'share_of_state', 'lq'] %}
        {%- set figure = kind ~ '_' ~ name %},
        case when {{ y }} > 0 then 1 - {{ y }} * {{ figure }}_others end as {{ figure }}_slope,
        case when {{ y }} > 0 then greatest(
            {{ figure }}_relative
            - power({{ y }}_se * (1 / {{ y }} - {{ figure }}_others), 2), 0
        ) end as {{ figure }}_rest
        {%- endfor %}
        {%- endfor %}
    from joined
),

distances as (
    select
        *
        {%- for name, y in quotient_measures().items() %}
        {%- for kind in ['share_of_cluster', 'share_of_state', 'lq'] %}
        {%- set figure = kind ~ '_' ~ name %}
        {%- for side in ['down', 'up'] %},
        sqrt(power({{ figure }}_slope * {{ y }}_{{ side }}, 2) + power(1.959964, 2) * {{ figure }}_rest)
            as {{ figure }}_{{ side }}
        {%- endfor %}
        {%- endfor %}
        {%- endfor %}
    from parts
)

select
    state_basis,
    survey_year,
    state_code,
    cluster_code,
    factories_drawn,
    {% for value in values -%}
    {{ value }},
    case when {{ value }} <> 0 then {{ value }}_smoothed_variance / power({{ value }}, 2) end
        as {{ value }}_relative_variance,
    {% endfor -%}
    {% for value in values if value not in ratios() -%}
    {{ value }}_lower,
    {{ value }}_upper,
    {% endfor -%}
    {% for ratio in ratios().keys() | list + ['skill_premium'] -%}
    case when {{ ratio }} is not null then sqrt({{ ratio }}_smoothed_variance) end as {{ ratio }}_se,
    case when {{ ratio }} <> 0 then sqrt({{ ratio }}_smoothed_variance) / abs({{ ratio }}) end
        as {{ ratio }}_rse,
    {% for kind in ['degrees', 'lower', 'upper'] -%}
    case when {{ ratio }} is not null then {{ ratio }}_{{ kind }} end as {{ ratio }}_{{ kind }},
    {% endfor -%}
    {% endfor -%}
    {% for name, y in quotient_measures().items() -%}
    {%- set last = loop.last %}
    {% for kind in ['share_of_cluster', 'share_of_state', 'lq'] -%}
    {%- set figure = kind ~ '_' ~ name %}
    case
        when {{ figure }} = 0 and is_certain then 0.0
        else {{ figure }} * sqrt(
            {{ y }}_smoothed_variance * power({{ figure }}_slope / {{ y }}, 2) + {{ figure }}_rest
        )
    end as {{ figure }}_se,
    {% for limit, side, sign in [('lower', 'down', '-'), ('upper', 'up', '')] -%}
    case
        when {{ figure }} = 0 and is_certain then 0.0
        {% if kind == 'lq' -%}
        when {{ figure }}_{{ side }} is not null
            then {{ figure }} * exp({{ sign }}{{ capped(figure ~ '_' ~ side) }})
        {% else -%}
        when {{ figure }} > 0 and {{ figure }} < 1 and {{ figure }}_{{ side }} is not null
            then 1 / (
                1 + (1 - {{ figure }}) / {{ figure }} * exp({{ '' if sign else '-' }}
                    {{- capped(figure ~ '_' ~ side ~ ' / (1 - ' ~ figure ~ ')') }})
            )
        {% endif -%}
    end as {{ figure }}_{{ limit }}{{ ',' if not (last and kind == 'lq' and limit == 'upper') }}
    {% endfor -%}
    {% endfor -%}
    {% endfor %}
from distances
