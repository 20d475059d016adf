-- The cluster of the NAICS industry whose title is nearest to the code's own title, where it is
-- near enough to count as evidence.
with

title_evidence as (

    select * from {{ ref('title_evidence') }}

),

benchmark as (

    select * from {{ ref('int_benchmark_clusters') }}

)

select
    'NIC-2008' as nic_version,
    title_evidence.nic_code,
    title_evidence.naics_code,
    title_evidence.score,
    benchmark.cluster_code
from title_evidence
inner join benchmark
    on title_evidence.naics_code = benchmark.naics_code
    and benchmark.naics_version = 'NAICS-2007'
where
    title_evidence.score >= 0.20
    and title_evidence.margin >= 0.05
