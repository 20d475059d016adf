-- The published measures of the dictionary, in their order.
select
    variable as measure,
    position,
    label,
    unit,
    disclosure_family,
    is_signed,
    is_dominance,
    definition,
    source
from {{ ref('variables') }}
where kind = 'measure'
