-- What total factor productivity is measured from: factories whose value added, persons and fixed
-- capital are all positive.
select
    survey_year,
    factory_id,
    cluster_code,
    multiplier,
    gross_value_added,
    total_employees,
    fixed_capital
from {{ ref('int_open_factory') }}
where
    multiplier > 0
    and gross_value_added > 0
    and total_employees > 0
    and fixed_capital > 0
