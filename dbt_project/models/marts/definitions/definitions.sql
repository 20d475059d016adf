with

decisions as (

    select * from {{ ref('int_nic_decisions') }}

),

clusters as (

    select * from {{ ref('clusters') }}

),

version as (

    select * from {{ ref('int_definitions_version') }}

)

select
    decisions.nic_version,
    decisions.nic_code,
    decisions.nic_title,
    decisions.cluster_code,
    clusters.cluster_name,
    clusters.cluster_type,
    decisions.rule,
    decisions.confidence,
    decisions.reason,
    decisions.evidence,
    decisions.title_read,
    version.definitions_version,
    false as is_synthetic
from decisions
cross join version
left join clusters
    on decisions.cluster_code = clusters.cluster_code
