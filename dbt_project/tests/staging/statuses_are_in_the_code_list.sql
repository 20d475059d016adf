{{ config(severity = 'warn') }}
-- Returns whose status the year's code list does not know: they count nowhere.
select
    survey_year,
    unit_status,
    count(*) as returns_found
from {{ ref('stg_asi__block_a') }}
where status_label is null
group by survey_year, unit_status
