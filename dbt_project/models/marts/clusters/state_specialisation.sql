-- How specialised a state is, by employment, and how much of it works in strong clusters.
{% set resampled_indices = ['krugman_specialisation', 'portfolio_hhi', 'share_in_strong_clusters'] -%}
with cells as (
    select
        *,
        share_of_state as share
    from {{ ref('int_shown_employment') }}
),

stars as (
    select * from {{ ref('int_stars') }}
),

hidden as (
    {{ hidden_families(['state'], ['state_code']) }}
),

years as (
    {{ controlled_years() }}
),

resampled as (
    {{ resampled('state', resampled_indices) }}
),

sums as (
    select
        cells.survey_year,
        cells.state_code,
        max(cells.state_name) as state_name,
        cast(sum(cells.factories_sampled) as bigint) as factories_sampled,
        sum(case when cells.factories_sampled > 0 then 1 else 0 end) as clusters,
        sum(abs(cells.share - cells.cluster_share)) as krugman_specialisation,
        sum(cells.share * cells.share) as portfolio_hhi,
        -sum(case when cells.share > 0 then cells.share * ln(cells.share) else 0 end)
            as portfolio_entropy,
        sum(case when stars.is_strong then cells.share else 0 end) as share_in_strong_clusters,
        sum(stars.stars) as stars,
        cast(sum(case when cells.is_hidden then 1 else 0 end) as bigint) as hidden_cells,
        max(case when cells.is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from cells
    left join stars
        on cells.survey_year = stars.survey_year
        and cells.state_code = stars.state_code
        and cells.cluster_code = stars.cluster_code
    group by cells.survey_year, cells.state_code
),

published as (
    select
        sums.survey_year,
        sums.state_code,
        sums.state_name,
        sums.factories_sampled,
        cast(sums.clusters as bigint) as clusters,
        {% for index in [
            'krugman_specialisation', 'portfolio_hhi', 'portfolio_entropy', 'share_in_strong_clusters',
        ] -%}
        case when hidden.survey_year is null then round(sums.{{ index }}, 6) end as {{ index }},
        {% endfor -%}
        case when hidden.survey_year is null then round(1 / nullif(sums.portfolio_hhi, 0), 6) end
            as effective_clusters,
        cast(sums.stars as bigint) as stars,
        sums.hidden_cells,
        {{ disclosure_status('hidden.status') }} as disclosure,
        case
            when hidden.survey_year is not null then hidden.status
            when sums.portfolio_hhi is null then 'block_not_in_release'
        end as null_reason,
        sums.is_synthetic
    from sums
    inner join years on sums.survey_year = years.survey_year
    left join hidden
        on sums.survey_year = hidden.survey_year
        and sums.state_code = hidden.state_code
)

select
    published.*,
    {{ resampled_columns(resampled_indices) }}
from published
left join resampled
    on published.survey_year = resampled.survey_year
    and published.state_code = resampled.code
