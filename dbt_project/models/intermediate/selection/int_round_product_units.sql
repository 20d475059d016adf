-- The units of fresh rounds as the product indices draw them again: the others of a cluster are those
-- of its sector. A unit of a stratum that was taken whole is certain.
with sample as (
    select * from {{ ref('int_round_sample') }}
    where is_fresh
),

objects as (
    select * from {{ ref('facts_round_objects') }}
)

select
    sample.period,
    sample.cluster_id || '/' || sample.unit_hash as unit,
    sample.cluster_id as object_id,
    coalesce(objects.benchmark_cluster_code, '') as "group",
    case when sample.variance_scale > 0 then sample.cluster_id || '/' || sample.stratum else '' end
        as stratum,
    sample.weight,
    {{ round_disclosure('sample') }} as is_controlled
from sample
inner join objects
    on sample.period = objects.period
    and sample.cluster_id = objects.object_id
