-- The clusters of a code share all of it.
select
    nic_version,
    nic_code,
    sum(weight) as total_weight
from {{ ref('int_nic_cluster_weights') }}
group by
    nic_version,
    nic_code
having abs(sum(weight) - 1) > 0.000000001
