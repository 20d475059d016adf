{{ config(meta = {'dagster': {'ref': {'name': 'int_round_sample'}}}) }}
-- The weights of a cluster's units add up to its list of units, where the list is as long as the
-- sample.
with frame as (
    select
        clusters.period,
        clusters.cluster_id,
        sum(strata.units_in_frame) as units_in_frame
    from {{ source('facts', 'round_strata') }} as strata
    inner join {{ ref('int_round_clusters') }} as clusters
        on strata.round = clusters.round
        and strata.cluster_id = clusters.cluster_id
    group by clusters.period, clusters.cluster_id
),

weights as (
    select
        period,
        cluster_id,
        sum(weight) as weight
    from {{ ref('int_round_sample') }}
    group by period, cluster_id
)

select *
from weights
inner join frame
    on weights.period = frame.period
    and weights.cluster_id = frame.cluster_id
where weights.weight < frame.units_in_frame * 0.999999
