-- A row has a value or the reason why it has none, and an error only with a value.
select *
from {{ ref('facts_metrics') }}
where
    (value is null) = (null_reason is null)
    or (value is null and standard_error is not null)
    or standard_error < 0
