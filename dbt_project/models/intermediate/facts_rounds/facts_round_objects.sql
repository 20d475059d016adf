-- What each named cluster of a fresh round is, for peer groups and for the index.
with clusters as (
    select * from {{ ref('int_round_clusters') }}
    where is_fresh
),

categories as (
    select * from {{ ref('int_round_categories') }}
),

benchmark as (
    select * from {{ ref('clusters') }}
),

states as (
    select * from {{ ref('states') }}
),

measures as (
    select
        object_id,
        period,
        max(case when parameter_code = 'CP06' then value end) as units,
        max(case when parameter_code = 'CP09' then value end) as persons,
        max(case when parameter_code = 'CP16' then value end) as age,
        max(case when parameter_code = 'CP19' then value end) as labour_intensity
    from {{ ref('facts_round_metrics') }}
    where component = 'total'
    group by object_id, period
),

grades as (
    select * from {{ ref('facts_cluster_grades') }}
)

select
    'named_cluster' as object_type,
    clusters.cluster_id as object_id,
    clusters.period,
    clusters.round,
    clusters.cluster_name as object_name,
    clusters.product,
    clusters.place,
    clusters.state_code,
    states.state_name,
    clusters.districts,
    clusters.setting,
    clusters.cluster_type,
    categories.cluster_code as benchmark_cluster_code,
    benchmark.cluster_name as benchmark_cluster_name,
    clusters.reference_year,
    measures.units,
    cast(grades.units_accepted as bigint) as units_accepted,
    measures.persons,
    measures.age,
    measures.labour_intensity,
    case when measures.labour_intensity > 0 then 100000 / measures.labour_intensity end
        as capital_per_person,
    grades.grade,
    clusters.is_synthetic
from clusters
left join categories
    on clusters.period = categories.period
    and clusters.cluster_id = categories.cluster_id
left join benchmark on categories.cluster_code = benchmark.cluster_code
left join states on clusters.state_code = states.state_code
left join measures
    on clusters.period = measures.period
    and clusters.cluster_id = measures.object_id
left join grades
    on clusters.period = grades.period
    and clusters.cluster_id = grades.object_id
