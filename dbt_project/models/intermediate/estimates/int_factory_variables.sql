-- Open factories with every variable that is added up: the measures, the parts of ratios, and what FACTS
-- recipes are made of.
{% set variables = estimated_variables('recipes') -%}
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
    factories.state_code,
    factories.state_name,
    {{ district_of('factories') }} as district_code,
    factories.sector,
    factories.cluster_code,
    factories.cluster_name,
    factories.cluster_type,
    factories.nic_version,
    factories.nic_code,
    factories.assignment_rule,
    factories.multiplier,
    factories.stratum,
    factories.variance_scale,
    factories.inverse_units,
    factories.first_production_year,
    {% for variable in variables if variable not in of_cells() -%}
    {{ facts_expressions().get(variable, 'factories.' ~ variable) }} as {{ variable }},
    {% endfor -%}
    factories.is_synthetic
from factories
left join limits
    on factories.survey_year >= limits.first_year
    and factories.survey_year <= coalesce(limits.last_year, '9999')
left join prices
    on factories.survey_year = prices.survey_year
    and factories.factory_id = prices.factory_id
left join productivity
    on factories.survey_year = productivity.survey_year
    and factories.factory_id = productivity.factory_id
