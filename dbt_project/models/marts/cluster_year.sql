-- Open factories of the whole country, added up by cluster.
with totals as (
    select
        survey_year,
        cluster_code,
        cluster_name,
        cluster_type,
        count(*) as factories_sampled,
        {{ measure_totals() }},
        max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from {{ ref('int_open_factory') }}
    group by survey_year, cluster_code, cluster_name, cluster_type
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
    {{ measure_columns() }},
    gaps.null_reason,
    gaps.missing_blocks,
    totals.is_synthetic
from totals
inner join gaps on totals.survey_year = gaps.survey_year
