-- For each survey year, whether some of its measures are null, why, and which blocks would mend it.
with availability as (
    select * from {{ ref('int_measure_availability') }}
),

years as (
    select * from {{ source('asi', 'survey_years') }}
)

select
    years.survey_year,
    -- a missing block is the reason that the user can mend: it goes before what was never asked
    min(availability.null_reason) as null_reason,
    upper(years.missing_blocks) as missing_blocks
from years
left join availability on years.survey_year = availability.survey_year
group by years.survey_year, years.missing_blocks
