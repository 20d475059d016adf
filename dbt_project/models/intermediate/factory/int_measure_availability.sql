-- Which measures each survey year gives, and why the others are null.
with availability as (
    select * from {{ ref('int_variable_availability') }}
),

measures as (
    select * from {{ ref('int_measures') }}
)

select
    availability.survey_year,
    measures.measure,
    measures.position,
    availability.is_available,
    availability.null_reason,
    availability.missing_blocks,
    availability.is_synthetic
from availability
inner join measures on availability.variable = measures.measure
