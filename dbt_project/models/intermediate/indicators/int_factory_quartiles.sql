-- Weighted quartiles of single factories by state and cluster: the smallest value at which the factories
-- up to it make a quarter, a half, three quarters of all. Only for cells with enough factories.
{% set domain = ['state_basis', 'survey_year', 'state_code', 'cluster_code'] %}
with factories as (
    select * from {{ ref('int_factory_domains') }}
    where domain = 'state_cluster'
),

rules as (
    {{ indicator_rules(['quantile_factories']) }}
),

factory_values as (
    {% for name, expression in factory_values().items() -%}
    select
        {% for column in domain %}{{ column }}, {% endfor %}
        '{{ name }}' as name,
        {{ expression }} as value,
        multiplier
    from factories
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

ordered as (
    select
        *,
        sum(multiplier) over (
            partition by {{ domain | join(', ') }}, name order by value
            rows between unbounded preceding and current row
        ) as weight_so_far,
        sum(multiplier) over (partition by {{ domain | join(', ') }}, name) as weight,
        count(*) over (partition by {{ domain | join(', ') }}, name) as factories_sampled
    from factory_values
    where value is not null
)

select
    {% for column in domain -%}
    {{ column }},
    {% endfor -%}
    {% for name in factory_values() -%}
    {% for quartile, share in [('p25', 0.25), ('median', 0.5), ('p75', 0.75)] -%}
    min(case when name = '{{ name }}' and weight_so_far >= {{ share }} * weight then value end)
        as {{ name }}_{{ quartile }},
    {% endfor -%}
    {% endfor -%}
    max(factories_sampled) as factories_sampled
from ordered
cross join rules
where factories_sampled >= rules.quantile_factories
group by {{ domain | join(', ') }}
