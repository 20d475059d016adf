-- Two thirds of the class's NAICS industries lie in one cluster and no title speaks against it.
with

nic_codes as (

    select * from {{ ref('int_nic_codes') }}

),

majority as (

    select * from {{ ref('int_class_majority') }}

),

title_cluster as (

    select * from {{ ref('int_title_cluster') }}

)

select
    nic_codes.nic_version,
    nic_codes.nic_code,
    majority.cluster_code,
    'medium' as confidence,
    'At least two thirds of the NAICS industries of class ' || nic_codes.nic_class
    || ' are in this cluster' as reason,
    'Share of the class: '
    || cast(cast(round(100 * majority.share) as integer) as {{ dbt.type_string() }})
    || ' %' as evidence
from nic_codes
inner join majority
    on nic_codes.nic_version = majority.nic_version
    and nic_codes.nic_class = majority.nic_class
left join title_cluster
    on nic_codes.nic_version = title_cluster.nic_version
    and nic_codes.nic_code = title_cluster.nic_code
where
    majority.is_two_thirds
    and (title_cluster.cluster_code is null or title_cluster.cluster_code = majority.cluster_code)
