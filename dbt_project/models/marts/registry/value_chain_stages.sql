-- Stages of each cluster's value chain by name, present or absent, inside the cluster or outside, as
-- its newest round that lists any tells them.
with stages as (
    {{ registry_rows(
        'stage', ['stage_name', 'stage_kind', 'stage_location'], ['stage_present']
    ) }}
),

named as (
    select * from {{ ref('named_clusters') }}
)

select
    stages.cluster_id,
    named.cluster_name,
    stages.stage_kind,
    stages.stage_name,
    stages.stage_present = 1 as is_present,
    stages.stage_location as location,
    case
        when stages.stage_present is null then 'not_answered'
        when stages.stage_present = 0 then 'absent'
        when stages.stage_location is null then 'not_answered'
    end as location_null_reason,
    case when named.cluster_id is null then 'cluster_not_described' end as null_reason,
    stages.round,
    stages.period,
    stages.is_synthetic
from stages
left join named on stages.cluster_id = named.cluster_id
where stages.age = 1
