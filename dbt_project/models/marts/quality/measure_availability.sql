-- Which measures each survey year gives, and why the others are null.
select
    survey_year,
    measure,
    is_available,
    null_reason,
    missing_blocks,
    is_synthetic
from {{ ref('int_measure_availability') }}
