{{ config(severity = 'warn', meta = {'dagster': {'ref': {'name': 'named_clusters'}}}) }}
-- A row of the user's cluster_interventions.csv whose cluster no round names: a slip in its id, or a
-- round that is yet to come.
select
    interventions.cluster_id,
    interventions.agency_code,
    interventions.scheme
from {{ source('user', 'user_interventions') }} as interventions
left join {{ ref('named_clusters') }} as clusters
    on interventions.cluster_id = clusters.cluster_id
where clusters.cluster_id is null
