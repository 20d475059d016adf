-- What the gate of the index asks of each named cluster in each period, of rounds of all collection
-- modes; empty where it was not answered. The gate itself, with its thresholds, is not decided
-- here.
with clusters as (
    select * from {{ ref('int_round_clusters') }}
),

answers as (
    select * from {{ ref('int_round_cluster_answers') }}
),

categories as (
    select * from {{ ref('int_round_categories') }}
),

grades as (
    select * from {{ ref('facts_cluster_grades') }}
),

frame as (
    select
        round,
        cluster_id,
        sum(units_in_frame) as units_in_frame
    from {{ source('facts', 'round_strata') }}
    group by round, cluster_id
)

select
    clusters.cluster_id as object_id,
    clusters.period,
    clusters.cluster_name as object_name,
    clusters.round,
    clusters.state_code,
    categories.cluster_code as benchmark_cluster_code,
    answers.association_exists = 1 as association_registered,
    cast(clusters.reference_year - answers.year_registered as bigint) as association_years,
    answers.agm_held = 1 as agm_held,
    cast(answers.units_functioning as bigint) as units_functioning,
    cast(answers.members as bigint) as members,
    answers.staff_fte,
    answers.manager_named = 1 as manager_named,
    case when answers.units_in_cluster > 0 then answers.members / answers.units_in_cluster end
        as member_share,
    answers.data_sharing_agreement = 1 as data_sharing_agreement,
    grades.grade,
    grades.item_response,
    cast(grades.units_accepted as bigint) as units_accepted,
    cast(frame.units_in_frame as bigint) as units_in_frame,
    clusters.collected_from,
    clusters.collected_to,
    clusters.collection_mode,
    clusters.agency,
    clusters.controller,
    clusters.is_synthetic
from clusters
inner join answers
    on clusters.period = answers.period
    and clusters.cluster_id = answers.cluster_id
inner join grades
    on clusters.period = grades.period
    and clusters.cluster_id = grades.object_id
inner join categories
    on clusters.period = categories.period
    and clusters.cluster_id = categories.cluster_id
left join frame
    on clusters.round = frame.round
    and clusters.cluster_id = frame.cluster_id
