-- Every manufacturing code of every NIC version has a cluster.
select
    nic_version,
    nic_code,
    nic_title,
    reason
from {{ ref('int_nic_decisions') }}
where
    is_manufacturing
    and cluster_code = '0'
