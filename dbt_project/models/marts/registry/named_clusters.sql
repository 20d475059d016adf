-- The register of named clusters, place and product, each as its newest round describes it, with
-- the cluster category that bridges it to the benchmark definitions.
with clusters as (
    select * from {{ ref('int_round_clusters') }}
),

categories as (
    select * from {{ ref('int_round_categories') }}
),

answers as (
    select * from {{ ref('int_round_cluster_answers') }}
),

benchmark as (
    select * from {{ ref('clusters') }}
),

states as (
    select * from {{ ref('states') }}
),

newest as (
    select
        *,
        row_number() over (
            partition by cluster_id order by collected_to desc nulls last, period desc, round desc
        ) as place_by_age,
        count(*) over (partition by cluster_id) as periods
    from clusters
)

select
    newest.cluster_id,
    newest.cluster_name,
    newest.product,
    newest.place,
    newest.state_code,
    states.state_name,
    newest.districts,
    newest.setting,
    newest.cluster_type,
    newest.nic_codes,
    categories.cluster_code as benchmark_cluster_code,
    benchmark.cluster_name as benchmark_cluster_name,
    categories.basis as bridge_basis,
    newest.latitude,
    newest.longitude,
    cast(answers.units_functioning as bigint) as units_functioning,
    newest.round as newest_round,
    newest.period as newest_period,
    newest.collection_mode,
    newest.agency,
    cast(newest.periods as bigint) as periods,
    newest.is_synthetic
from newest
left join categories
    on newest.period = categories.period
    and newest.cluster_id = categories.cluster_id
left join answers
    on newest.period = answers.period
    and newest.cluster_id = answers.cluster_id
left join benchmark on categories.cluster_code = benchmark.cluster_code
left join states on newest.state_code = states.state_code
where newest.place_by_age = 1
