-- What each recipe divides, for every cell: estimates y and x with their variances and covariance. A
-- total is divided by one; a share by the total of the state or district, whose variance the covariances
-- of its cells with it add up to.
{% set cell = facts_cell() | join(', ') -%}
{%- set place = facts_cell() | reject('equalto', 'cluster_code') | join(', ') -%}
with totals as (
    select
        *
        {%- for y in facts_parent_variables() %},
        sum({{ y }}_estimated) over (partition by {{ place }}) as {{ y }}_place,
        sum({{ y }}_place_covariance) over (partition by {{ place }}) as {{ y }}_place_variance
        {%- endfor %}
    from {{ ref('int_estimates') }}
    where domain in {{ facts_domains() }} and state_basis = 'official'
)

{% for y, x in facts_pairs() -%}
select
    {{ cell }},
    'ratio' as form,
    '{{ y }}' as numerator,
    '{{ x }}' as denominator,
    {{ y }}_estimated as y,
    {{ x }}_estimated as x,
    {{ y }}_variance as y_variance,
    {{ x }}_variance as x_variance,
    {{ y }}_{{ x }}_covariance as covariance
from totals
union all
{% endfor -%}
{% for y in facts_parent_variables() -%}
select
    {{ cell }},
    'share' as form,
    '{{ y }}' as numerator,
    '' as denominator,
    {{ y }}_estimated as y,
    {{ y }}_place as x,
    {{ y }}_variance as y_variance,
    {{ y }}_place_variance as x_variance,
    {{ y }}_place_covariance as covariance
from totals
union all
{% endfor -%}
{% for y in facts_single_totals() -%}
select
    {{ cell }},
    'total' as form,
    '{{ y }}' as numerator,
    '' as denominator,
    {{ y }}_estimated as y,
    1.0 as x,
    {{ y }}_variance as y_variance,
    0.0 as x_variance,
    0.0 as covariance
from totals
{{ 'union all' if not loop.last }}
{% endfor -%}
