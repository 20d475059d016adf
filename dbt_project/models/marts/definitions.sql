with

decisions as (

    select * from {{ ref('int_nic_decisions') }}

),

clusters as (

    select * from {{ ref('clusters') }}

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
    '{{ var("definitions_version") }}' as definitions_version,
    false as is_synthetic
from decisions
left join clusters
    on decisions.cluster_code = clusters.cluster_code
