-- From named clusters to cluster categories: each industry of a named cluster with the category
-- that the definitions give to it, in its newest round.
with named as (
    select * from {{ ref('named_clusters') }}
),

industries as (
    select * from {{ ref('int_round_industries') }}
),

titles as (
    select * from {{ ref('nic_2008') }}
),

benchmark as (
    select * from {{ ref('clusters') }}
)

select
    named.cluster_id,
    named.cluster_name,
    cast(industries.position as bigint) as position,
    industries.nic_code,
    titles.nic_title,
    industries.unit_share,
    industries.cluster_code as benchmark_cluster_code,
    benchmark.cluster_name as benchmark_cluster_name,
    coalesce(industries.cluster_code = named.benchmark_cluster_code, false) as is_main_category,
    case when industries.cluster_code is null then 'unknown_industry_code' end as null_reason,
    named.is_synthetic
from named
inner join industries
    on named.cluster_id = industries.cluster_id
    and named.newest_period = industries.period
left join titles on industries.nic_code = titles.nic_code
left join benchmark on industries.cluster_code = benchmark.cluster_code
