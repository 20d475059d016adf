-- Open factories of the whole country, added up by cluster.
with totals as (
    select * from {{ ref('int_cluster_totals') }}
),

gaps as (
    select * from {{ ref('int_survey_year_gaps') }}
)

select
    totals.survey_year,
    totals.cluster_code,
    totals.cluster_name,
    totals.cluster_type,
    totals.factories_sampled,
    {{ published_measures('totals') }}
    gaps.null_reason,
    gaps.missing_blocks,
    totals.is_synthetic
from totals
inner join gaps on totals.survey_year = gaps.survey_year
