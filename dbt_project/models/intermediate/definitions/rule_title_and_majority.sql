-- The nearest NAICS title and the majority of the class's NAICS industries name the same cluster.
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
    'high' as confidence,
    'The nearest NAICS title and the majority of class ' || nic_codes.nic_class
    || ' agree on this cluster' as reason,
    'Nearest title: NAICS ' || title_cluster.naics_code || '; share of the class: '
    || cast(cast(round(100 * majority.share) as integer) as {{ dbt.type_string() }})
    || ' %' as evidence
from nic_codes
inner join majority
    on nic_codes.nic_version = majority.nic_version
    and nic_codes.nic_class = majority.nic_class
inner join title_cluster
    on nic_codes.nic_version = title_cluster.nic_version
    and nic_codes.nic_code = title_cluster.nic_code
where
    majority.share > 0.5
    and majority.cluster_code = title_cluster.cluster_code
