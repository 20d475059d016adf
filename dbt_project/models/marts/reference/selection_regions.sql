-- The priority regions that cluster_selection names.
select
    state_code,
    region_name,
    extent,
    printed_as,
    false as is_synthetic
from {{ ref('priority_regions') }}
