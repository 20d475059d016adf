{{ config(meta = {'dagster': {'ref': {'name': 'int_nic_decisions'}}}) }}
-- Every manufacturing code of every NIC version has one of our clusters; a table of the user's own may
-- leave codes in none.
select
    nic_version,
    nic_code,
    nic_title,
    reason
from {{ ref('int_nic_decisions') }}
where
    is_manufacturing
    and cluster_code = '0'
    and not exists (select 1 from {{ source('user', 'user_benchmark_clusters') }})
