{{ config(severity = 'warn', meta = {'dagster': {'ref': {'name': 'stg_asi__block_a'}}}) }}
-- Two returns with one key in a release whose keys are unique: one of them reaches no total.
select
    returns.survey_year,
    returns.factory_key,
    count(*) as returns_found
from {{ ref('stg_asi__block_a') }} as returns
inner join {{ source('asi', 'survey_years') }} as years
    on returns.survey_year = years.survey_year and years.unique_key
group by returns.survey_year, returns.factory_key
having count(*) > 1
