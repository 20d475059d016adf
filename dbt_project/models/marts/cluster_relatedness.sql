-- Pairs of traded clusters that are at home in the same states (location quotient of 1 and more). With
-- some 36 states this rests on little: a proximity with a wide interval is hidden.
with pairs as (
    select * from {{ ref('int_relatedness') }}
),

clusters as (
    select * from {{ ref('clusters') }}
),

years as (
    select * from {{ source('asi', 'survey_years') }}
)

select
    pairs.survey_year,
    pairs.cluster_code,
    clusters.cluster_name,
    pairs.other_cluster_code,
    others.cluster_name as other_cluster_name,
    cast(pairs.states_together as bigint) as states_together,
    pairs.proximity,
    pairs.proximity_low,
    pairs.proximity_high,
    pairs.association,
    pairs.cosine,
    pairs.jaccard,
    nullif(pairs.null_reason, '') as null_reason,
    years.is_synthetic
from pairs
inner join clusters on pairs.cluster_code = clusters.cluster_code
inner join clusters as others on pairs.other_cluster_code = others.cluster_code
inner join years on pairs.survey_year = years.survey_year
