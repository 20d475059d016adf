-- What was decided on reading titles, under the benchmark table in use. A decision names one of our
-- clusters; in a table of the user's own it holds for the cluster of the same name, whatever its
-- number, and a decision for a cluster that the table hasn't got is none.
with

decisions as (

    select * from {{ ref('reviewed_decisions') }}

),

our_clusters as (

    select distinct
        cluster_code,
        lower(cluster_name) as cluster_name
    from {{ ref('benchmark_clusters') }}

),

clusters as (

    select * from {{ ref('clusters') }}

)

select
    decisions.nic_version,
    decisions.nic_code,
    coalesce(clusters.cluster_code, '0') as cluster_code,
    decisions.splits,
    decisions.confidence,
    decisions.reason,
    decisions.evidence
from decisions
left join our_clusters
    on decisions.cluster_code = our_clusters.cluster_code
left join clusters
    on our_clusters.cluster_name = lower(clusters.cluster_name)
where
    decisions.cluster_code = '0'
    or clusters.cluster_code is not null
