-- Every FACTS parameter with its place in the source documents, and what the survey gives of it.
with parameters as (
    select * from {{ ref('facts_parameters') }}
),

recipes as (
    select * from {{ ref('facts_asi_recipes') }}
    where component = 'total'
)

select
    parameters.parameter_code,
    parameters.family_code,
    parameters.family_name,
    parameters.group_name,
    parameters.parameter_name,
    parameters.definition,
    parameters.unit,
    parameters.value_kind,
    parameters.level,
    parameters.direction,
    parameters.role,
    parameters.minimum,
    parameters.maximum,
    parameters.range_note,
    parameters.schedules,
    parameters.topic_named,
    parameters.source_place,
    parameters.asi_derivable,
    parameters.asi_condition,
    parameters.asi_recipe,
    recipes.statistic as asi_statistic,
    recipes.unit as asi_unit,
    recipes.asi_form,
    false as is_synthetic
from parameters
left join recipes on parameters.parameter_code = recipes.parameter_code
