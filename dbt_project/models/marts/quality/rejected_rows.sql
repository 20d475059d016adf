-- Lines that could not be read. The line itself stays in the raw layer: it is microdata.
with rejected as (
    select * from {{ source('asi', 'rejected_rows') }}
),

years as (
    select * from {{ source('asi', 'survey_years') }}
)

select
    rejected.survey_year,
    rejected.block,
    rejected.source_file,
    cast(rejected.line_number as bigint) as line_number,
    rejected.column_name,
    rejected.reason,
    years.is_synthetic
from rejected
inner join years on rejected.survey_year = years.survey_year
