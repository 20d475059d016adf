-- Each named cluster in each period, with the round that speaks for it: a fresh one before others,
-- then the one collected last. The reference year is the cluster schedule's, else the last year of
-- collection.
with rounds as (
    select * from {{ source('facts', 'rounds') }}
),

clusters as (
    select * from {{ source('facts', 'round_clusters') }}
),

answers as (
    select * from {{ source('facts', 'round_answers') }}
    where schedule = 'cluster'
),

reference_years as (
    select
        round,
        cluster_id,
        max(value) as reference_year
    from answers
    where item = 'reference_year'
    group by round, cluster_id
),

settings as (
    select
        round,
        cluster_id,
        max(text_value) as setting
    from answers
    where item = 'setting'
    group by round, cluster_id
),

ranked as (
    select
        clusters.*,
        rounds.title,
        rounds.period,
        rounds.agency,
        rounds.controller,
        rounds.collection_mode,
        rounds.collection_mode = 'fresh_facts' as is_fresh,
        rounds.collected_from,
        rounds.collected_to,
        settings.setting,
        cast(coalesce(
            reference_years.reference_year,
            cast(substr(rounds.collected_to, 1, 4) as {{ type_double() }})
        ) as bigint) as reference_year,
        row_number() over (
            partition by clusters.cluster_id, rounds.period
            order by
                case when rounds.collection_mode = 'fresh_facts' then 0 else 1 end,
                rounds.collected_to desc nulls last,
                clusters.round desc
        ) as place_in_period
    from clusters
    inner join rounds on clusters.round = rounds.round
    left join reference_years
        on clusters.round = reference_years.round
        and clusters.cluster_id = reference_years.cluster_id
    left join settings
        on clusters.round = settings.round
        and clusters.cluster_id = settings.cluster_id
)

select
    round,
    title,
    period,
    cluster_id,
    cluster_name,
    product,
    place,
    state_code,
    districts,
    cluster_type,
    setting,
    benchmark_cluster_code,
    nic_codes,
    latitude,
    longitude,
    agency,
    controller,
    collection_mode,
    is_fresh,
    collected_from,
    collected_to,
    reference_year,
    is_synthetic
from ranked
where place_in_period = 1
