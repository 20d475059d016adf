-- A row has a value or the reason why it has none, and an error only with a value.
select *
from {{ ref('facts_metrics') }}
where
    (value is null) = (null_reason is null)
    or (value is null and standard_error is not null)
    or standard_error < 0
    or (value is null and (value_lower is not null or degrees_of_freedom is not null))
    or value_lower > value
    or value_upper < value
    or (value is not null and value_lower is null) <> (error_reason is not null)
