-- The benchmark table every rule reads: the user's own where there is one, else ours.
with

user_clusters as (

    select * from {{ source('user', 'user_benchmark_clusters') }}

),

ours as (

    select * from {{ ref('benchmark_clusters') }}

)

select
    naics_version,
    naics_code,
    cluster_code,
    cluster_name,
    cluster_type
from user_clusters

union all

select
    naics_version,
    naics_code,
    cluster_code,
    cluster_name,
    cluster_type
from ours
where not exists (select 1 from user_clusters)
