-- The factories of the newest survey year as the product indices draw them again: the others of a cell
-- are the same category in other states. A factory that turned out closed is of no cell.
with newest as (
    select max(survey_year) as survey_year from {{ source('asi', 'survey_years') }}
),

factories as (
    select * from {{ ref('int_selected_factories') }}
),

years as (
    {{ controlled_years() }}
)

select
    factories.survey_year as period,
    factories.factory_id as unit,
    case
        when factories.state_code <> '' and factories.cluster_code <> '0'
            then factories.state_code || '-' || factories.cluster_code
    end as object_id,
    coalesce(factories.cluster_code, '') as "group",
    factories.stratum,
    factories.multiplier as weight,
    years.is_controlled
from factories
inner join newest on factories.survey_year = newest.survey_year
inner join years on factories.survey_year = years.survey_year
where factories.multiplier > 0
