-- The types of intervention that cluster_interventions and the advice of the index name.
select
    intervention_type,
    approach_code,
    approach,
    objective_code,
    objective,
    example,
    example_place,
    false as is_synthetic
from {{ ref('intervention_types') }}
