with

benchmark as (

    select * from {{ ref('int_benchmark_clusters') }}

)

select distinct
    cluster_code,
    cluster_name,
    cluster_type
from benchmark

union all

select
    '0' as cluster_code,
    'Unmapped' as cluster_name,
    'unmapped' as cluster_type
