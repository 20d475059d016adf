-- The reliability grade of each named cluster's data with its parts: what the gate of the index and a
-- reader of its figures go by.
with grades as (
    select * from {{ ref('facts_cluster_grades') }}
),

clusters as (
    select * from {{ ref('int_round_clusters') }}
),

units as (
    select
        round,
        cluster_id,
        count(*) as units_accepted,
        sum(warnings) as warnings,
        sum(case when warnings > 0 then 1 else 0 end) as units_with_warnings
    from {{ source('facts', 'round_units') }}
    group by round, cluster_id
),

frame as (
    select
        round,
        cluster_id,
        sum(units_in_frame) as units_in_frame,
        sum(case when units_in_frame > 0 then 1 else 0 end) as strata_in_frame,
        sum(case when units_in_frame > 0 and units_accepted > 0 then 1 else 0 end) as strata_sampled,
        sum(case when units_accepted > 0 then units_in_frame else 0 end) as units_in_sampled_strata
    from {{ source('facts', 'round_strata') }}
    group by round, cluster_id
)

select
    clusters.cluster_id,
    clusters.cluster_name,
    clusters.period,
    clusters.round,
    clusters.collection_mode,
    grades.grade,
    cast(frame.units_in_frame as bigint) as units_in_frame,
    cast(grades.units_accepted as bigint) as units_accepted,
    round(grades.units_accepted / cast(nullif(frame.units_in_frame, 0) as {{ type_double() }}), 6)
        as coverage,
    round(frame.units_in_sampled_strata / cast(nullif(frame.units_in_frame, 0) as {{ type_double() }}), 6)
        as strata_coverage,
    cast(frame.strata_in_frame as bigint) as strata_in_frame,
    cast(frame.strata_sampled as bigint) as strata_sampled,
    round(grades.item_response, 6) as item_response,
    round(grades.weight_share_a, 6) as weight_share_a,
    round(grades.weight_share_b, 6) as weight_share_b,
    round(grades.weight_share_c, 6) as weight_share_c,
    cast(coalesce(units.units_with_warnings, 0) as bigint) as units_with_warnings,
    cast(coalesce(units.warnings, 0) as bigint) as warnings,
    grades.grade_limited_by,
    grades.null_reason,
    clusters.is_synthetic
from grades
inner join clusters
    on grades.period = clusters.period
    and grades.object_id = clusters.cluster_id
left join units
    on clusters.round = units.round
    and clusters.cluster_id = units.cluster_id
left join frame
    on clusters.round = frame.round
    and clusters.cluster_id = frame.cluster_id
