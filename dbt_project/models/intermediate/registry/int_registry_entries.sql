-- Cells of the sheets of the registry with the round that tells them; the rounds of a cluster and
-- kind of sheet by age, 1 the newest.
with entries as (
    select * from {{ source('facts', 'round_entries') }}
),

rounds as (
    select * from {{ source('facts', 'rounds') }}
)

select
    entries.round,
    rounds.period,
    rounds.agency,
    rounds.collected_to,
    entries.sheet_kind,
    entries.cluster_id,
    entries.entry,
    entries.item,
    entries.value,
    entries.text_value,
    entries.missing_code,
    dense_rank() over (
        partition by entries.sheet_kind, entries.cluster_id
        order by rounds.collected_to desc nulls last, rounds.period desc, entries.round desc
    ) as age,
    entries.is_synthetic
from entries
inner join rounds on entries.round = rounds.round
