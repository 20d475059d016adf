-- Every NAICS industry of the code's class lies in one cluster.
with

nic_codes as (

    select * from {{ ref('int_nic_codes') }}

),

candidates as (

    select * from {{ ref('int_class_candidates') }}

)

select
    nic_codes.nic_version,
    nic_codes.nic_code,
    candidates.cluster_code,
    'high' as confidence,
    'All NAICS industries of class ' || nic_codes.nic_class || ' are in this cluster' as reason,
    'NAICS industries: ' || cast(candidates.naics_count as {{ dbt.type_string() }}) as evidence
from nic_codes
inner join candidates
    on nic_codes.nic_version = candidates.nic_version
    and nic_codes.nic_class = candidates.nic_class
where
    candidates.class_clusters = 1
    and candidates.cluster_code <> '0'
