-- Tick boxes of the newest activity sheet of each cluster: services of its association, services of
-- common facility centres, and cells of the typology of interventions (source 001, table A1.1).
with ticks as (
    select * from {{ ref('int_registry_entries') }}
    where sheet_kind = 'activity' and age = 1
),

lists as (
    select * from {{ ref('activity_lists') }}
),

named as (
    select * from {{ ref('named_clusters') }}
)

select
    ticks.cluster_id,
    named.cluster_name,
    lists.activity_list,
    cast(lists.place as bigint) as place,
    lists.activity_code,
    lists.activity_name,
    ticks.value = 1 as is_ticked,
    case
        when ticks.missing_code = -9 then 'not_asked'
        when ticks.missing_code in (-8, -7) then 'not_answered'
        when ticks.missing_code = -6 then 'not_applicable'
    end as tick_null_reason,
    case when named.cluster_id is null then 'cluster_not_described' end as null_reason,
    ticks.round,
    ticks.period,
    ticks.is_synthetic
from ticks
inner join lists on ticks.item = lists.item
left join named on ticks.cluster_id = named.cluster_id
