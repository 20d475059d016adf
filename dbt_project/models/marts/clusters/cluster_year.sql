-- Open factories of the whole country, added up by cluster.
with totals as (
    select * from {{ ref('int_cluster_totals') }}
),

gaps as (
    select * from {{ ref('int_survey_year_gaps') }}
),

years as (
    {{ controlled_years() }}
),

hidden as (
    {{ hidden_families('cluster', ['cluster_code']) }}
)

select
    totals.survey_year,
    totals.cluster_code,
    totals.cluster_name,
    totals.cluster_type,
    totals.factories_sampled,
    {{ published_measures('totals', 'hidden') }}
    {{ disclosure_columns() }}
    gaps.missing_blocks,
    totals.is_synthetic
from totals
inner join gaps on totals.survey_year = gaps.survey_year
inner join years on totals.survey_year = years.survey_year
left join hidden
    on totals.survey_year = hidden.survey_year
    and totals.cluster_code = hidden.cluster_code
