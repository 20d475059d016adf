-- Growth of totals between two rounds of a named cluster, per cent a year: compound growth from the
-- earlier round nearest to three years before. The samples of two rounds are taken as independent:
-- relative variances add up. In a first round, growth of output is that over the year before, as the
-- units say both (component year_before of CV02). Money is at constant prices where the user's deflators
-- have both years (docs/operations.md), else at current prices; `value_basis` says which.
{% set year -%}
cast(reference_year - 1 as varchar) || '-' || substr(cast(reference_year as varchar), 3, 2)
{%- endset -%}
with totals as (
    select * from {{ ref('int_round_estimates') }}
    where statistic = 'growth'
),

over_the_year as (
    select * from {{ ref('int_round_estimates') }}
    where parameter_code = 'CV02' and component = 'year_before'
),

clusters as (
    select * from {{ ref('int_round_clusters') }}
    where is_fresh
),

deflators as (
    select * from {{ source('user', 'user_deflators') }}
),

years as (
    select
        reference_year,
        deflators.deflator
    from (
        select distinct
            reference_year,
            {{ year }} as survey_year
        from (
            select reference_year from clusters
            union all
            select reference_year - 1 from clusters
        ) as described
    ) as named
    inner join deflators on named.survey_year = deflators.survey_year
),

dated as (
    select
        totals.*,
        clusters.reference_year,
        -- persons have no prices
        case when totals.parameter_code = 'CV02' then years.deflator end as deflator
    from totals
    inner join clusters
        on totals.period = clusters.period
        and totals.cluster_id = clusters.cluster_id
    left join years on clusters.reference_year = years.reference_year
),

pairs as (
    select
        now.period,
        now.cluster_id,
        now.parameter_code,
        now.component,
        now.value,
        now.standard_error,
        now.degrees,
        now.is_certain,
        now.reference_year,
        earlier.period as earlier_period,
        earlier.value as earlier_value,
        earlier.standard_error as earlier_error,
        earlier.degrees as earlier_degrees,
        earlier.is_certain as earlier_certain,
        now.reference_year - earlier.reference_year as years,
        now.deflator / earlier.deflator as rise_of_prices,
        row_number() over (
            partition by now.period, now.cluster_id, now.parameter_code, now.component
            order by
                abs(now.reference_year - earlier.reference_year - 3),
                earlier.reference_year desc nulls last,
                earlier.period desc nulls last
        ) as nearness
    from dated as now
    left join dated as earlier
        on now.cluster_id = earlier.cluster_id
        and now.parameter_code = earlier.parameter_code
        and now.component = earlier.component
        and earlier.reference_year < now.reference_year
        and earlier.value is not null
),

growth as (
    select
        *,
        case
            when value >= 0 and earlier_value > 0
                then power(value / earlier_value / coalesce(rise_of_prices, 1), 1.0 / years)
        end as factor_a_year,
        case when value > 0 then power(standard_error / value, 2) end as relative_variance,
        power(earlier_error / earlier_value, 2) as earlier_relative_variance
    from pairs
    where nearness = 1
),

between_rounds as (
    select
        *,
        -- the relative error of the factor
        sqrt(relative_variance + earlier_relative_variance) / years as relative_error,
        -- Satterthwaite over the two rounds; one that was taken whole has no part in it
        power(relative_variance + earlier_relative_variance, 2) / nullif(
            coalesce(power(relative_variance, 2) / degrees, 0)
            + coalesce(power(earlier_relative_variance, 2) / earlier_degrees, 0), 0
        ) as degrees_of_both
    from growth
),

with_the_year_before as (
    select
        between_rounds.*,
        between_rounds.earlier_period is null
        and between_rounds.parameter_code = 'CV02'
        and over_the_year.value is not null as is_over_the_year,
        1 + over_the_year.value / 100 as factor_over_the_year,
        over_the_year.standard_error / 100 as error_over_the_year,
        over_the_year.degrees as degrees_over_the_year,
        over_the_year.is_certain as certain_over_the_year,
        years_now.deflator / years_before.deflator as rise_over_the_year
    from between_rounds
    left join over_the_year
        on between_rounds.period = over_the_year.period
        and between_rounds.cluster_id = over_the_year.cluster_id
    left join years as years_now on between_rounds.reference_year = years_now.reference_year
    left join years as years_before on between_rounds.reference_year - 1 = years_before.reference_year
),

figures as (
    select
        period,
        cluster_id,
        parameter_code,
        component,
        earlier_period,
        is_over_the_year,
        case
            when is_over_the_year then factor_over_the_year / coalesce(rise_over_the_year, 1)
            else factor_a_year
        end as factor_a_year,
        case
            when is_over_the_year then error_over_the_year / nullif(factor_over_the_year, 0)
            else relative_error
        end as relative_error,
        case when is_over_the_year then degrees_over_the_year else degrees_of_both end as degrees,
        case
            when is_over_the_year then certain_over_the_year
            else is_certain and earlier_certain
        end as is_certain,
        case
            when parameter_code <> 'CV02' then null
            when is_over_the_year then 'year_before'
            when earlier_period is not null then 'earlier_round'
        end || case
            when case when is_over_the_year then rise_over_the_year else rise_of_prices end is null
                then '_current_prices'
            else '_constant_prices'
        end as value_basis,
        case
            when is_over_the_year or value is null then null
            when earlier_period is null then 'no_earlier_round'
            when factor_a_year is null then 'no_positive_base'
        end as null_reason
    from with_the_year_before
)

select
    period,
    cluster_id,
    parameter_code,
    component,
    earlier_period,
    is_over_the_year,
    100 * (factor_a_year - 1) as value,
    case when factor_a_year > 0 then 100 * factor_a_year * relative_error end as standard_error,
    greatest(degrees, 1) as degrees,
    is_certain,
    {% for limit, sign in [('lower', '-'), ('upper', '')] -%}
    case
        when is_certain then 100 * (factor_a_year - 1)
        when factor_a_year > 0 and relative_error > 0
            then 100 * (factor_a_year * exp({{ sign }}{{ capped(
                student_quantile('greatest(degrees, 1)') ~ ' * relative_error'
            ) }}) - 1)
    end as value_{{ limit }},
    {% endfor -%}
    value_basis,
    null_reason
from figures
