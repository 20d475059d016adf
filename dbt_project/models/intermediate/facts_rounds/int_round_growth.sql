-- Growth of totals between two rounds of a named cluster, per cent a year: compound growth from the
-- earlier round nearest to three years before, at current prices (a round has no price index of its
-- own). The samples of two rounds are taken as independent: relative variances add up.
with totals as (
    select * from {{ ref('int_round_estimates') }}
    where statistic = 'growth'
),

clusters as (
    select * from {{ ref('int_round_clusters') }}
    where is_fresh
),

dated as (
    select
        totals.*,
        clusters.reference_year
    from totals
    inner join clusters
        on totals.period = clusters.period
        and totals.cluster_id = clusters.cluster_id
),

pairs as (
    select
        now.period,
        now.cluster_id,
        now.parameter_code,
        now.value,
        now.standard_error,
        earlier.period as earlier_period,
        earlier.value as earlier_value,
        earlier.standard_error as earlier_error,
        now.reference_year - earlier.reference_year as years,
        row_number() over (
            partition by now.period, now.cluster_id, now.parameter_code
            order by
                abs(now.reference_year - earlier.reference_year - 3),
                earlier.reference_year desc nulls last,
                earlier.period desc nulls last
        ) as nearness
    from dated as now
    left join dated as earlier
        on now.cluster_id = earlier.cluster_id
        and now.parameter_code = earlier.parameter_code
        and earlier.reference_year < now.reference_year
        and earlier.value is not null
),

growth as (
    select
        *,
        case
            when value >= 0 and earlier_value > 0 then power(value / earlier_value, 1.0 / years)
        end as factor_a_year
    from pairs
    where nearness = 1
)

select
    period,
    cluster_id,
    parameter_code,
    earlier_period,
    100 * (factor_a_year - 1) as value,
    case
        when value > 0
            then 100 * factor_a_year / years * sqrt(
                standard_error / value * standard_error / value
                + earlier_error / earlier_value * earlier_error / earlier_value
            )
    end as standard_error,
    case
        when value is null then null
        when earlier_period is null then 'no_earlier_round'
        when factor_a_year is null then 'no_positive_base'
    end as null_reason
from growth
