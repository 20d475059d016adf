-- By which rules the index is computed.
select
    parameter,
    value,
    description,
    false as is_synthetic
from {{ ref('cci_rules') }}
