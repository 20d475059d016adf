with

links as (

    select * from {{ ref('naics_2007_isic_4') }}

),

nic_classes as (

    select * from {{ ref('nic_classes') }}

),

benchmark as (

    select * from {{ ref('int_benchmark_clusters') }}

)

select
    links.naics_code,
    links.naics_title,
    nic_classes.nic_class,
    nic_classes.class_title as nic_class_title,
    links.naics_partial,
    links.isic_partial as nic_partial,
    links.note,
    benchmark.cluster_code,
    false as is_synthetic
from links
inner join nic_classes
    on links.isic_class = nic_classes.isic_class
    and nic_classes.nic_version = 'NIC-2008'
left join benchmark
    on links.naics_code = benchmark.naics_code
    and benchmark.naics_version = 'NAICS-2007'
