-- The benchmark table every rule reads: the user's own where there is one, else ours.
with

own as (

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
from own

union all

select
    naics_version,
    naics_code,
    cluster_code,
    cluster_name,
    cluster_type
from ours
where not exists (select 1 from own)
