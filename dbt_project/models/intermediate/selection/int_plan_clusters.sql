-- Clusters to plan for: the user's list; else those that a lens selects in their newest period; else, where
-- nobody is selected because the data is synthetic, every named cluster. Who pays and how large a cluster is
-- are then read off its type, its organisations and its units: a proposal.
with listed as (
    select * from {{ source('user', 'user_plan') }}
),

clusters as (
    select * from {{ ref('named_clusters') }}
),

lenses as (
    select
        object_id,
        period,
        is_selected,
        'growth' as lens
    from {{ ref('cluster_growth_selection') }}

    union all

    select
        object_id,
        period,
        is_selected,
        'pro_poor' as lens
    from {{ ref('cluster_pro_poor_selection') }}
),

selected as (
    select
        lenses.object_id,
        max(case when lenses.lens = 'growth' and lenses.is_selected then 1 else 0 end) = 1
            as is_growth,
        max(case when lenses.lens = 'pro_poor' and lenses.is_selected then 1 else 0 end) = 1
            as is_pro_poor,
        max(case when lenses.is_selected is null then 1 else 0 end) = 1 as is_undecided
    from lenses
    inner join clusters
        on lenses.object_id = clusters.cluster_id
        and lenses.period = clusters.newest_period
    group by lenses.object_id
),

counts as (
    select
        (select count(*) from listed) as listed,
        (select count(*) from selected where is_growth or is_pro_poor) as selected
),

organisations as (
    select
        object_id,
        period,
        value
    from {{ ref('facts_round_metrics') }}
    where parameter_code = 'CP14' and component = 'total'
),

settings as (
    select cast(value as {{ type_double() }}) as organisations
    from {{ ref('selection_settings') }}
    where setting = 'supporting_organisations'
),

chosen as (
    select
        clusters.cluster_id,
        clusters.cluster_name,
        clusters.state_code,
        clusters.cluster_type,
        clusters.units_functioning,
        organisations.value as organisations,
        case
            when selected.is_growth and selected.is_pro_poor then 'growth and pro_poor'
            when selected.is_growth then 'growth'
            when selected.is_pro_poor then 'pro_poor'
        end as lens,
        case when counts.selected > 0 then 'selected' else 'every_named_cluster' end as basis,
        clusters.is_synthetic
    from clusters
    cross join counts
    inner join selected on clusters.cluster_id = selected.object_id
    left join organisations
        on clusters.cluster_id = organisations.object_id
        and clusters.newest_period = organisations.period
    where
        counts.listed = 0
        and (
            selected.is_growth
            or selected.is_pro_poor
            or (counts.selected = 0 and selected.is_undecided and clusters.is_synthetic)
        )
),

sized as (
    select
        chosen.cluster_id,
        sizes.size,
        row_number() over (partition by chosen.cluster_id order by sizes.units_from desc) as place
    from chosen
    inner join {{ ref('plan_sizes') }} as sizes
        on coalesce(chosen.units_functioning, 0) >= sizes.units_from
),

together as (
    select
        listed.cluster_id,
        listed.cluster_name,
        listed.state_code,
        listed.rule,
        listed.size,
        listed.infrastructure,
        cast(null as {{ dbt.type_string() }}) as lens,
        'list' as basis,
        coalesce(clusters.is_synthetic, false) as is_synthetic
    from listed
    left join clusters on listed.cluster_id = clusters.cluster_id

    union all

    select
        chosen.cluster_id,
        chosen.cluster_name,
        chosen.state_code,
        case
            when chosen.cluster_type = 'industrial' then 'industrial'
            when chosen.organisations >= settings.organisations then 'unorganised_supported'
            else 'unorganised_unsupported'
        end,
        sized.size,
        true,
        chosen.lens,
        chosen.basis,
        chosen.is_synthetic
    from chosen
    cross join settings
    inner join sized
        on chosen.cluster_id = sized.cluster_id
        and sized.place = 1
)

select
    together.*,
    states.state_name
from together
left join {{ ref('states') }} as states on together.state_code = states.state_code
