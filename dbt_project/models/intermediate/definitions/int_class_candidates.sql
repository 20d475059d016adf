-- The clusters that a NIC class touches, each with its share of the class's NAICS industries.
-- Cluster 0 holds the industries that the benchmark definitions leave out (farming, government).
-- Twelve decimals: those after them are of the order of adding, and a share may be a limit itself.
with

class_naics as (

    select * from {{ ref('int_class_naics') }}

),

by_cluster as (

    select
        nic_version,
        nic_class,
        cluster_code,
        count(*) as naics_count,
        round(sum(naics_weight), 12) as weight
    from class_naics
    group by
        nic_version,
        nic_class,
        cluster_code

)

select
    nic_version,
    nic_class,
    cluster_code,
    naics_count,
    weight,
    round(weight / sum(weight) over (partition by nic_version, nic_class), 12) as share,
    count(*) over (partition by nic_version, nic_class) as class_clusters
from by_cluster
