-- What developing each planned cluster takes over five years, by line, payer and year (Rs lakh): the lines of
-- source 001, section 4.3, paid by the rules of section 3.8, and the user's own.
with clusters as (
    select * from {{ ref('int_plan_clusters') }}
),

costs as (
    select * from {{ ref('int_plan_costs') }}
)

select
    clusters.cluster_id,
    clusters.cluster_name,
    clusters.state_code,
    clusters.state_name,
    clusters.basis,
    clusters.lens,
    clusters.rule,
    clusters.size,
    clusters.infrastructure,
    costs.line,
    costs.line_name,
    costs.is_own,
    costs.payer,
    costs.year,
    costs.low as low_lakh,
    costs.average as average_lakh,
    costs.high as high_lakh,
    clusters.is_synthetic
from clusters
inner join costs on clusters.cluster_id = costs.cluster_id
