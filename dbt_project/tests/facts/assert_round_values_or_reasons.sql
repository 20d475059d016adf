-- A FACTS parameter has a value or the reason why there is none, never both.
select *
from {{ ref('facts_round_metrics') }}
where (value is null and null_reason is null)
    or (value is not null and null_reason is not null)
    or (value is null and standard_error is not null)
