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
    round(pairs.proximity, 6) as proximity,
    round(pairs.proximity_low, 6) as proximity_low,
    round(pairs.proximity_high, 6) as proximity_high,
    round(pairs.association, 6) as association,
    round(pairs.cosine, 6) as cosine,
    round(pairs.jaccard, 6) as jaccard,
    nullif(pairs.null_reason, '') as null_reason,
    years.is_synthetic
from pairs
inner join clusters on pairs.cluster_code = clusters.cluster_code
inner join clusters as others on pairs.other_cluster_code = others.cluster_code
inner join years on pairs.survey_year = years.survey_year
