{{ config(meta = {'dagster': {'ref': {'name': 'definitions'}}}) }}
-- A released version of the definitions never changes: a changed mapping needs a new version
-- (docs/definitions.md). Definitions built on a benchmark table of the user's own are not the
-- released ones.
with

current_definitions as (

    select * from {{ ref('definitions') }}

),

released as (

    select * from {{ ref('definitions_history') }}
    where definitions_version in (select definitions_version from current_definitions)

)

select
    coalesce(current_definitions.nic_version, released.nic_version) as nic_version,
    coalesce(current_definitions.nic_code, released.nic_code) as nic_code,
    released.cluster_code as released_cluster,
    current_definitions.cluster_code
from current_definitions
full outer join released
    on current_definitions.nic_version = released.nic_version
    and current_definitions.nic_code = released.nic_code
where
    not exists (select 1 from {{ source('user', 'user_benchmark_clusters') }})
    and coalesce(current_definitions.cluster_code, '') <> coalesce(released.cluster_code, '')
