-- The cluster category of each named cluster: the one that its schedule states, else the one that
-- most of its units belong to by their industry codes (a code without a share counts last, then the
-- order of the schedule decides).
with clusters as (
    select * from {{ ref('int_round_clusters') }}
),

industries as (
    select
        period,
        cluster_id,
        cluster_code,
        coalesce(sum(unit_share), 0) as unit_share,
        min(position) as position
    from {{ ref('int_round_industries') }}
    where cluster_code is not null and cluster_code <> '0'
    group by period, cluster_id, cluster_code
),

ranked as (
    select
        *,
        row_number() over (
            partition by period, cluster_id order by unit_share desc, position
        ) as place
    from industries
)

select
    clusters.period,
    clusters.cluster_id,
    coalesce(nullif(clusters.benchmark_cluster_code, ''), ranked.cluster_code) as cluster_code,
    case
        when nullif(clusters.benchmark_cluster_code, '') is not null then 'stated'
        when ranked.cluster_code is not null then 'industry_codes'
    end as basis
from clusters
left join ranked
    on clusters.period = ranked.period
    and clusters.cluster_id = ranked.cluster_id
    and ranked.place = 1
