-- The weights of the criteria: the user's for a lens that he names, else those of the seed.
with criteria as (
    select * from {{ ref('selection_weights') }}
),

given as (
    select * from {{ source('user', 'user_selection_weights') }}
),

lenses as (
    select distinct lens from given
)

select
    criteria.lens,
    criteria.criterion,
    criteria.criterion_name,
    case when lenses.lens is null then criteria.weight else coalesce(given.weight, 0) end as weight,
    case
        when lenses.lens is null then 'Source ' || criteria.document || ', ' || criteria.place
        else given.source
    end as source,
    lenses.lens is not null as is_user,
    criteria.note
from criteria
left join lenses on criteria.lens = lenses.lens
left join given
    on criteria.lens = given.lens
    and criteria.criterion = given.criterion
