-- Open factories under the cell of their cluster in the state, and once more under that in the district,
-- where the release names it; and whether the factory is of the cell's most frequent industry (of
-- several, the one with the lowest code).
{% set cell = facts_domain() | join(', ') %}
with returns as (
    select * from {{ ref('int_facts_returns') }}
),

{% set places = [('state_cluster', "''", 'true'),
    ('district_cluster', 'district_code', 'district_code is not null')] -%}
placed as (
    {% for object_type, district, condition in places -%}
    select
        '{{ object_type }}' as object_type,
        survey_year,
        factory_id,
        state_code,
        state_name,
        {{ district }} as district_code,
        cluster_code,
        cluster_name,
        cluster_type,
        nic_code,
        multiplier,
        stratum,
        variance_scale,
        inverse_units,
        first_production_year,
        {% for variable in facts_variables() if variable != 'largest_industry_factories' -%}
        {{ variable }},
        {% endfor -%}
        is_synthetic
    from returns
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

weighed as (
    select
        *,
        -- as decimals: of two equal industries the order of adding must not choose one
        sum(cast(multiplier as decimal(38, 8))) over (partition by {{ cell }}, nic_code)
            as industry_factories
    from placed
),

compared as (
    select
        *,
        first_value(nic_code) over (
            partition by {{ cell }} order by industry_factories desc, nic_code
            rows between unbounded preceding and unbounded following
        ) as largest_industry
    from weighed
)

select
    *,
    case when nic_code = largest_industry then 1.0 else 0.0 end as largest_industry_factories
from compared
