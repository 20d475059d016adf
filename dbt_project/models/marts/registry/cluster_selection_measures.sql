-- The parts of both lenses: each measure with its value, error and points, what earns them, and the weight of
-- its criterion as it is in force.
with values_of_measures as (
    select * from {{ ref('int_selection_values') }}
),

points as (
    select * from {{ ref('int_selection_points') }}
),

measures as (
    select * from {{ ref('selection_measures') }}
),

weights as (
    select * from {{ ref('int_selection_weights') }}
)

select
    measures.basis,
    measures.lens,
    values_of_measures.object_id,
    values_of_measures.period,
    measures.criterion,
    weights.criterion_name,
    weights.weight as criterion_weight,
    weights.source as weight_source,
    measures.measure,
    measures.measure_name,
    measures.parameter_code,
    measures.use,
    measures.unit,
    values_of_measures.value,
    values_of_measures.standard_error,
    values_of_measures.sample_size,
    values_of_measures.null_reason,
    measures.scale,
    measures.none_at,
    measures.full_at,
    measures.weight as measure_weight,
    points.points,
    points.holds,
    values_of_measures.is_synthetic
from values_of_measures
inner join measures
    on values_of_measures.basis = measures.basis
    and values_of_measures.lens = measures.lens
    and values_of_measures.measure = measures.measure
inner join points
    on values_of_measures.basis = points.basis
    and values_of_measures.lens = points.lens
    and values_of_measures.measure = points.measure
    and values_of_measures.object_id = points.object_id
    and values_of_measures.period = points.period
left join weights
    on measures.lens = weights.lens
    and measures.criterion = weights.criterion
