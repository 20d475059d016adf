-- FACTS parameters from every basis, each row with the basis that it rests on; objects of the survey and
-- named clusters have ids of their own.
{% set bases = ['facts_asi_metrics'] -%}
{% for basis in bases -%}
select
    object_type,
    object_id,
    period,
    parameter_code,
    value,
    unit,
    standard_error,
    data_basis,
    null_reason,
    sample_size,
    is_synthetic
from {{ ref(basis) }}
{{ 'union all' if not loop.last }}
{% endfor -%}
