-- Each survey year in a few figures: what the plots by survey year in the web page show.
with factories as (
    select * from {{ ref('cluster_year') }}
),

clusters as (
    select
        survey_year,
        cast(sum(factories_sampled) as bigint) as factories_sampled,
        sum(units_estimated) as units_estimated,
        sum(case when cluster_code = '0' then units_estimated else 0 end) as units_unmapped,
        max(case when cluster_code <> '0' then units_rse end) as largest_units_rse,
        max(case when cluster_code <> '0' then total_employees_rse end) as largest_employees_rse,
        max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from factories
    group by survey_year
),

-- before disclosure control, which hides cells of single clusters and never the country
totals as (
    select
        survey_year,
        total_employees_estimated,
        gross_value_added_estimated
    from {{ ref('int_estimates') }}
    where domain = 'country'
),

lines as (
    select
        survey_year,
        sum(rows_rejected) as rows_rejected
    from {{ ref('ingestion') }}
    group by survey_year
),

strata as (
    select
        survey_year,
        max(strata_method) as strata_method,
        avg(case when is_collapsed then 1.0 else 0.0 end) as share_collapsed
    from {{ ref('int_sampling_strata') }}
    group by survey_year
),

differences as (
    select
        survey_year,
        max(abs(difference_pct)) as largest_difference_pct
    from {{ ref('reconciliation') }}
    where counts_as = 'blocking'
    group by survey_year
),

gaps as (
    select * from {{ ref('int_survey_year_gaps') }}
)

select
    clusters.survey_year,
    clusters.factories_sampled,
    round(clusters.units_estimated, 3) as units_estimated,
    round(totals.total_employees_estimated, 3) as total_employees_estimated,
    round(totals.gross_value_added_estimated, 0) as gross_value_added_estimated,
    cast(lines.rows_rejected as bigint) as rows_rejected,
    round(clusters.units_unmapped / nullif(clusters.units_estimated, 0), 6) as unmapped_share,
    round(clusters.largest_units_rse, 6) as largest_units_rse,
    round(clusters.largest_employees_rse, 6) as largest_employees_rse,
    strata.strata_method,
    round(strata.share_collapsed, 6) as share_collapsed,
    differences.largest_difference_pct,
    gaps.null_reason,
    gaps.missing_blocks,
    clusters.is_synthetic
from clusters
inner join totals on clusters.survey_year = totals.survey_year
inner join lines on clusters.survey_year = lines.survey_year
inner join gaps on clusters.survey_year = gaps.survey_year
left join strata on clusters.survey_year = strata.survey_year
left join differences on clusters.survey_year = differences.survey_year
