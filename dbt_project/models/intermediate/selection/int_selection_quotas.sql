-- The bounds of the list: the user's for a lens that he names, else those of the seed.
with given as (
    select * from {{ source('user', 'user_selection_quotas') }}
),

seeded as (
    select * from {{ ref('selection_quotas') }}
    where lens not in (select lens from given)
)

select
    lens,
    kind,
    code,
    at_least,
    at_most,
    source,
    true as is_user
from given

union all

select
    lens,
    kind,
    code,
    at_least,
    at_most,
    'Source ' || document || ', ' || place as source,
    false as is_user
from seeded
