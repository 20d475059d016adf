-- Which interventions the index advises on a weakness.
select
    sub_pillar,
    position,
    intervention_type,
    reason,
    false as is_synthetic
from {{ ref('cci_intervention_map') }}
