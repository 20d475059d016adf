-- Points of the criteria of Locus's quality label, a proposal (seed label_criteria): what each
-- criterion of each subject earns in each period, and what the next point takes. A criterion of
-- several parameters earns the mean of those that are known.
with objects as (
    select * from {{ ref('facts_round_objects') }}
),

criteria as (
    select * from {{ ref('label_criteria') }}
),

metrics as (
    select * from {{ ref('facts_round_metrics') }}
    where component = 'total'
),

points as (
    select
        objects.object_id as cluster_id,
        objects.period,
        criteria.subject,
        criteria.criterion,
        criteria.criterion_name,
        criteria.parameter_code,
        metrics.value,
        case
            when metrics.value >= criteria.three_points_at then 3.0
            when metrics.value >= criteria.two_points_at then 2.0
            when metrics.value >= criteria.one_point_at then 1.0
            when metrics.value is not null then 0.0
        end as points,
        case
            when metrics.value < criteria.one_point_at then criteria.one_point_at
            when metrics.value < criteria.two_points_at then criteria.two_points_at
            when metrics.value < criteria.three_points_at then criteria.three_points_at
        end as next_point_at,
        case when metrics.value is null then coalesce(metrics.null_reason, 'not_asked') end
            as null_reason,
        criteria.basis,
        objects.is_synthetic
    from objects
    cross join criteria
    left join metrics
        on objects.object_id = metrics.object_id
        and objects.period = metrics.period
        and criteria.parameter_code = metrics.parameter_code
)

select
    cluster_id,
    period,
    subject,
    criterion,
    criterion_name,
    parameter_code,
    value,
    cast(points as {{ type_double() }}) as points,
    cast(avg(points) over (partition by cluster_id, period, subject, criterion)
        as {{ type_double() }}) as criterion_points,
    next_point_at,
    null_reason,
    basis,
    is_synthetic
from points
