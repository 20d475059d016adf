-- The nine steps of a cluster's development (source 003, slide 11) for each cluster that any round
-- tells a step of: each step as the newest round that has it tells it, or with the reason why not.
with told as (
    {{ registry_rows('milestone', [
        'milestone_step', 'milestone_agency', 'milestone_agent', 'milestone_planned',
        'milestone_started', 'milestone_completed',
    ]) }}
),

newest as (
    select
        *,
        row_number() over (partition by cluster_id, milestone_step order by age) as place_by_age
    from told
),

clusters as (
    select
        cluster_id,
        max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from told
    group by cluster_id
),

steps as (
    select * from {{ ref('milestone_steps') }}
),

named as (
    select * from {{ ref('named_clusters') }}
)

select
    clusters.cluster_id,
    named.cluster_name,
    cast(steps.step_number as bigint) as step_number,
    steps.step,
    steps.step_name,
    case
        when newest.cluster_id is null then 'not_reported'
        when newest.milestone_completed is not null then 'completed'
        when newest.milestone_started is not null then 'running'
        when newest.milestone_planned is not null then 'planned'
        else 'without_dates'
    end as status,
    newest.milestone_agency as agency,
    newest.milestone_agent as agent_post,
    newest.milestone_planned as planned_for,
    newest.milestone_started as started_on,
    newest.milestone_completed as completed_on,
    case when newest.cluster_id is null then 'not_reported' end as step_null_reason,
    case when named.cluster_id is null then 'cluster_not_described' end as null_reason,
    newest.round,
    newest.period,
    coalesce(newest.is_synthetic, clusters.is_synthetic) as is_synthetic
from clusters
cross join steps
left join newest
    on clusters.cluster_id = newest.cluster_id
    and steps.step = newest.milestone_step
    and newest.place_by_age = 1
left join named on clusters.cluster_id = named.cluster_id
