-- Units' answers to the recipes of the unit schedule, with weight and stratum: numerator,
-- denominator and status of int_round_values, and the productivity residual as one more mean.
with sample as (
    select * from {{ ref('int_round_sample') }}
    where is_fresh
),

recipes as (
    select
        period,
        cluster_id,
        unit_hash,
        parameter_code,
        component,
        statistic,
        factor,
        numerator,
        denominator,
        status,
        is_money,
        is_denominator_money,
        is_signed,
        unit
    from {{ ref('int_round_values') }}
    where schedule = 'unit'
),

productivity as (
    select
        period,
        cluster_id,
        unit_hash,
        'CV05' as parameter_code,
        'total' as component,
        'mean' as statistic,
        1 as factor,
        residual as numerator,
        1 as denominator,
        status,
        false as is_money,
        false as is_denominator_money,
        true as is_signed,
        'log points' as unit
    from {{ ref('int_round_productivity') }}
),

together as (
    select * from recipes

    union all

    select * from productivity
)

select
    together.period,
    together.cluster_id,
    together.unit_hash,
    together.parameter_code,
    together.component,
    together.statistic,
    together.factor,
    together.status,
    together.is_money,
    together.is_denominator_money,
    together.is_signed,
    together.unit,
    -- a mean, a median and a total are of one figure for each unit, a ratio is of two
    case
        when together.status <> 'answered' then null
        when together.statistic = 'ratio' then together.numerator
        else together.numerator / together.denominator
    end as y,
    case
        when together.status <> 'answered' then null
        when together.statistic = 'ratio' then together.denominator
        else 1
    end as x,
    sample.weight,
    sample.stratum,
    sample.inverse_units,
    sample.variance_scale,
    sample.is_synthetic
from together
inner join sample
    on together.period = sample.period
    and together.cluster_id = sample.cluster_id
    and together.unit_hash = sample.unit_hash
