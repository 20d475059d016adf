-- What the schedules of a FACTS round ask: what the figures of named clusters were answered to.
select
    schedule,
    position,
    item,
    section,
    label,
    help,
    value_kind,
    unit,
    minimum,
    maximum,
    codes,
    required,
    parameter_codes,
    older_item,
    false as is_synthetic
from {{ ref('facts_items') }}
