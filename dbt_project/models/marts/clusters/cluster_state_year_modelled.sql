-- Small-area estimates beside the direct ones, for the measures that a model was shown to serve. They
-- never stand in for the direct estimate, and nothing is ranked by them.
with direct as (
    select * from {{ ref('cluster_state_year') }}
),

{{ modelled_beside_direct('official') }}
