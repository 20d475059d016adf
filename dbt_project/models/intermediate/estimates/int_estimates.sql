-- The estimation engine: totals of open factories with sampling variances and covariances, a row for each
-- cell of each domain (seed estimation_domains). What is published of a domain, and all that is computed
-- from totals, reads its rows. Covariances serve the standard errors of ratios; those with the total of
-- the cell's place (all clusters of its state or district) the errors of shares and location quotients: a
-- stratum lies in one state, so every other covariance of the quotient follows from them.
{% set keys = domain_keys() -%}
{%- set cell = keys | join(', ') -%}
{%- set place = keys | reject('equalto', 'cluster_code') | join(', ') -%}
{%- set carried = ['state_name', 'cluster_name', 'cluster_type'] -%}
with placed as (
    select * from {{ ref('int_factory_domains') }}
),

-- the cell's most frequent industry (of several, the one with the lowest code): weights as decimals, so
-- that of two equal industries the order of adding does not choose one
industries as (
    select
        {{ cell }},
        industry,
        row_number() over (
            partition by {{ cell }} order by {{ exact_sum('multiplier') }} desc, industry
        ) as position
    from placed
    where variables = 'recipes'
    group by {{ cell }}, industry
),

{% for level in estimation_levels() -%}
{%- set variables = estimated_variables(level) -%}
{{ level }}_factories as (
    select
        placed.*
        {%- if level == 'recipes' %},
        case when industries.position = 1 then 1.0 else 0.0 end as largest_industry_factories
        {%- endif %}
    from placed
    {% if level == 'recipes' -%}
    inner join industries using ({{ cell }}, industry)
    {% endif -%}
    where placed.variables = '{{ level }}'
),

{{ level }}_strata as (
    {{ stratum_sums(level ~ '_factories', keys, variables, carried, estimated_pairs(level)) }}
),

-- a factory of the cell is one of its place too: its products with itself are the cell's squares
{{ level }}_places as (
    select
        *
        {%- for name, measure in quotient_measures().items() if level != 'measures' %},
        sum({{ measure }}_sum) over (partition by {{ place }}, stratum) as {{ measure }}_place_sum
        {%- endfor %}
    from {{ level }}_strata
),

{{ level }}_totals as (
    {{ domain_totals(
        level ~ '_places', keys, variables, carried, estimated_pairs(level),
        quotient_measures().values() if level != 'measures' else []
    ) }}
){{ ',' if not loop.last }}

{% endfor -%}
{#- a level has the columns of those before it #}
{% for level in estimation_levels() -%}
select
    {{ cell }},
    {{ carried | join(', ') }},
    factories_sampled,
    {% for column in estimated_columns('recipes') -%}
    {{ column if column in estimated_columns(level) else 'cast(null as ' ~ type_double() ~ ')' }}
        as {{ column }},
    {% endfor -%}
    is_synthetic
from {{ level }}_totals
{{ 'union all' if not loop.last }}
{% endfor -%}
