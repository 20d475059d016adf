-- The methodology's aggregation: open factories, added up by state and cluster.
with totals as (
    select * from {{ ref('int_cluster_state_totals') }}
    where state_basis = 'official'
),

gaps as (
    select * from {{ ref('int_survey_year_gaps') }}
),

years as (
    {{ controlled_years() }}
),

hidden as (
    {{ hidden_families('state_cluster', ['state_code', 'cluster_code']) }}
)

select
    totals.survey_year,
    totals.basis_state_code as state_code,
    totals.basis_state_name as state_name,
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
    and totals.basis_state_code = hidden.state_code
    and totals.cluster_code = hidden.cluster_code
