-- The accepted units of each named cluster with weight and stratum (size class x member or not).
--
-- Weight: units in the frame over units accepted, N_h / n_h; strata of the frame without any
-- accepted unit are represented by the others of the cluster. A variance needs two units: strata of
-- one unit that stands for others are pooled within the cluster; one that is left alone joins the
-- cluster's largest sampled stratum, and without any it is measured from zero, which errs on the
-- safe side. `variance_scale` and `inverse_units` are those of the macro stratified().
with clusters as (
    select * from {{ ref('int_round_clusters') }}
),

units as (
    select
        round,
        cluster_id,
        unit_hash,
        size_class,
        coalesce(is_member, false) as is_member,
        grade,
        items_asked,
        items_answered
    from {{ source('facts', 'round_units') }}
),

frame as (
    select
        round,
        cluster_id,
        size_class,
        coalesce(is_member, false) as is_member,
        units_in_frame
    from {{ source('facts', 'round_strata') }}
),

accepted as (
    select
        round,
        cluster_id,
        size_class,
        is_member,
        count(*) as units_accepted
    from units
    group by round, cluster_id, size_class, is_member
),

strata as (
    select
        accepted.*,
        greatest(coalesce(frame.units_in_frame, 0), accepted.units_accepted) as units_in_frame,
        accepted.size_class || '/' || case when accepted.is_member then 'member' else 'other' end
            as stratum
    from accepted
    left join frame
        on accepted.round = frame.round
        and accepted.cluster_id = frame.cluster_id
        and accepted.size_class = frame.size_class
        and accepted.is_member = frame.is_member
),

without_units as (
    select
        frame.round,
        frame.cluster_id,
        sum(frame.units_in_frame) as units_in_frame
    from frame
    left join accepted
        on frame.round = accepted.round
        and frame.cluster_id = accepted.cluster_id
        and frame.size_class = accepted.size_class
        and frame.is_member = accepted.is_member
    where accepted.units_accepted is null
    group by frame.round, frame.cluster_id
),

weighted as (
    select
        strata.*,
        cast(strata.units_in_frame as {{ type_double() }}) / strata.units_accepted
        * (
            1 + coalesce(without_units.units_in_frame, 0)
            / cast(
                sum(strata.units_in_frame) over (partition by strata.round, strata.cluster_id)
                as {{ type_double() }}
            )
        ) as weight
    from strata
    left join without_units
        on strata.round = without_units.round
        and strata.cluster_id = without_units.cluster_id
),

neighbours as (
    select
        *,
        case when units_accepted = 1 and weight > 1 then 1 else 0 end as is_single,
        sum(case when units_accepted = 1 and weight > 1 then 1 else 0 end) over (
            partition by round, cluster_id
        ) as singles,
        sum(case when units_accepted > 1 and weight > 1 then 1 else 0 end) over (
            partition by round, cluster_id
        ) as sampled_strata,
        first_value(stratum) over (
            partition by round, cluster_id
            order by
                case when units_accepted > 1 and weight > 1 then 0 else 1 end,
                units_accepted desc, stratum
        ) as largest_sampled
    from weighted
),

collapsed as (
    select
        *,
        case
            when is_single = 0 then stratum
            when singles > 1 then 'pooled'
            when sampled_strata > 0 then largest_sampled
            else stratum
        end as collapsed_stratum
    from neighbours
),

sizes as (
    select
        round,
        cluster_id,
        collapsed_stratum,
        sum(units_accepted) as units_accepted,
        greatest(1 - sum(units_accepted) / sum(weight * units_accepted), 0) as share_not_accepted
    from collapsed
    group by round, cluster_id, collapsed_stratum
)

select
    clusters.period,
    units.round,
    units.cluster_id,
    units.unit_hash,
    units.size_class,
    units.grade,
    units.items_asked,
    units.items_answered,
    clusters.is_fresh,
    collapsed.weight,
    collapsed.collapsed_stratum as stratum,
    collapsed.is_single = 1 as is_collapsed,
    case when sizes.units_accepted > 1 then 1.0 / sizes.units_accepted else 0.0 end
        as inverse_units,
    sizes.share_not_accepted * case
        when sizes.units_accepted > 1
            then cast(sizes.units_accepted as {{ type_double() }}) / (sizes.units_accepted - 1)
        else 1.0
    end as variance_scale,
    clusters.is_synthetic
from units
inner join clusters
    on units.round = clusters.round
    and units.cluster_id = clusters.cluster_id
inner join collapsed
    on units.round = collapsed.round
    and units.cluster_id = collapsed.cluster_id
    and units.size_class = collapsed.size_class
    and units.is_member = collapsed.is_member
inner join sizes
    on collapsed.round = sizes.round
    and collapsed.cluster_id = sizes.cluster_id
    and collapsed.collapsed_stratum = sizes.collapsed_stratum
