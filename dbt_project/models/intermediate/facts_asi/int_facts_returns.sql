-- Open factories with every variable that FACTS recipes add up.
with factories as (
    select * from {{ ref('int_open_factory') }}
),

limits as (
    select * from {{ ref('facts_size_limits') }}
),

prices as (
    select * from {{ ref('int_facts_prices') }}
),

productivity as (
    select * from {{ ref('int_facts_productivity') }}
)

select
    factories.survey_year,
    factories.factory_id,
    factories.nic_code,
    factories.state_code,
    factories.state_name,
    {{ district_of('factories') }} as district_code,
    factories.cluster_code,
    factories.cluster_name,
    factories.cluster_type,
    factories.multiplier,
    factories.stratum,
    factories.variance_scale,
    factories.inverse_units,
    factories.first_production_year,
    {% for variable in facts_variables() if variable != 'largest_industry_factories' -%}
    {{ facts_expressions().get(variable, 'factories.' ~ variable) }} as {{ variable }},
    {% endfor -%}
    factories.is_synthetic
from factories
inner join limits
    on factories.survey_year >= limits.first_year
    and factories.survey_year <= coalesce(limits.last_year, '9999')
left join prices
    on factories.survey_year = prices.survey_year
    and factories.factory_id = prices.factory_id
left join productivity
    on factories.survey_year = productivity.survey_year
    and factories.factory_id = productivity.factory_id
