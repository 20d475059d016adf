{{ config(meta = {'dagster': {'ref': {'name': 'int_seam_pairs'}}}) }}
-- A break names codes of the lists (or a class) and really changes one of our clusters: one that no
-- longer does must go. Clusters of the user's own may break elsewhere.
with

breaks as (

    select * from {{ ref('continuity_breaks') }}

),

pairs as (

    select * from {{ ref('int_seam_pairs') }}
    where basis = 'documented_break'

),

decisions as (

    select * from {{ ref('int_nic_decisions') }}

),

changing as (

    select distinct
        pairs.to_version,
        pairs.to_code
    from pairs
    inner join decisions as earlier
        on pairs.from_version = earlier.nic_version
        and pairs.from_code = earlier.nic_code
    inner join decisions as later
        on pairs.to_version = later.nic_version
        and pairs.to_code = later.nic_code
    where earlier.cluster_code <> later.cluster_code

)

select breaks.*
from breaks
left join changing
    on breaks.to_version = changing.to_version
    and breaks.to_code = changing.to_code
where
    changing.to_code is null
    and not exists (select 1 from {{ source('user', 'user_benchmark_clusters') }})
