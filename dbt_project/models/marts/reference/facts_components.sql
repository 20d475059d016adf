-- What facts_metrics has of each FACTS parameter, and how it is computed on each basis.
with from_survey as (
    select * from {{ ref('facts_asi_recipes') }}
),

from_rounds as (
    select * from {{ ref('facts_round_recipes') }}
),

parameters as (
    select * from {{ ref('facts_parameters') }}
)

select
    parameter_code,
    component,
    'asi_derived' as data_basis,
    statistic,
    numerator,
    denominator,
    factor,
    unit,
    cast(null as varchar) as schedule,
    cast(null as varchar) as linked_by,
    asi_form as note,
    false as is_synthetic
from from_survey

union all

select
    from_rounds.parameter_code,
    from_rounds.component,
    'facts_fresh' as data_basis,
    from_rounds.statistic,
    from_rounds.numerator,
    from_rounds.denominator,
    from_rounds.factor,
    coalesce(from_rounds.unit, parameters.unit) as unit,
    from_rounds.schedule,
    from_rounds.linked_by,
    from_rounds.note,
    false as is_synthetic
from from_rounds
inner join parameters on from_rounds.parameter_code = parameters.parameter_code
