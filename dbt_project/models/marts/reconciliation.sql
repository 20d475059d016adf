-- Weighted totals with the official tables' own filter beside the figures they published.
with published as (
    select * from {{ ref('asi_published_totals') }}
),

computed as (
    select * from {{ ref('int_official_totals') }}
),

years as (
    select * from {{ source('asi', 'survey_years') }}
),

compared as (
    select
        computed.survey_year,
        computed.geography,
        computed.nic_division,
        computed.variable,
        cast(published.value as {{ type_double() }}) as published_value,
        computed.value as computed_value,
        published.unit,
        published.source,
        years.is_synthetic
    from computed
    inner join published
        on computed.survey_year = published.survey_year
        and computed.geography = published.geography
        and computed.nic_division = coalesce(published.nic2, '')
        and computed.variable = published.variable
    inner join years on computed.survey_year = years.survey_year
)

select
    survey_year,
    geography,
    nic_division,
    variable,
    published_value,
    computed_value,
    -- a small difference of large sums: more digits would be those of the order of addition
    case
        when published_value <> 0
            then round(100.0 * (computed_value - published_value) / published_value, 6)
    end as difference_pct,
    case
        when computed_value is null then 'block_not_in_release'
        when abs(computed_value - published_value) <= 0.5 then 'exact'
        when abs(computed_value - published_value) <= 0.01 * abs(published_value) then 'within_1_pct'
        when abs(computed_value - published_value) <= 0.05 * abs(published_value) then 'within_5_pct'
        else 'over_5_pct'
    end as status,
    unit,
    source,
    is_synthetic
from compared
