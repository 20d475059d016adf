-- Points of each criterion: the mean of its measures that there are, by their weights.
with points as (
    select * from {{ ref('int_selection_points') }}
),

measures as (
    select * from {{ ref('selection_measures') }}
    where use = 'points'
)

select
    points.basis,
    points.lens,
    points.criterion,
    points.object_id,
    points.period,
    sum(points.points * measures.weight)
    / sum(case when points.points is not null then measures.weight end) as points
from points
inner join measures
    on points.basis = measures.basis
    and points.lens = measures.lens
    and points.measure = measures.measure
group by points.basis, points.lens, points.criterion, points.object_id, points.period
