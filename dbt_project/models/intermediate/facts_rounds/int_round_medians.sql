-- Weighted medians of named clusters: the least answer at or below which half of the weight lies.
-- Standard error by Woodruff's method: the interval of the distribution function at the median,
-- 1.96 standard errors to each side of one half, is read back on the answers, and its width gives
-- the error; read with Student's quantile it gives the limits. Source: Woodruff (1952), Confidence
-- intervals for medians and other position measures, Journal of the American Statistical Association 47.
{% set normal_95 = 1.959963984540054 %}
{% set rounding = 1e-9 %}
{% set student = student_quantile('errors.degrees') %}
with units as (
    select * from {{ ref('int_round_unit_values') }}
    where statistic = 'median'
),

weights as (
    select
        period,
        cluster_id,
        parameter_code,
        component,
        y,
        sum(weight) as weight
    from units
    where status = 'answered'
    group by period, cluster_id, parameter_code, component, y
),

distribution as (
    select
        period,
        cluster_id,
        parameter_code,
        component,
        y,
        sum(weight) over (
            partition by period, cluster_id, parameter_code, component order by y
            rows between unbounded preceding and current row
        ) / sum(weight) over (partition by period, cluster_id, parameter_code, component) as share_below,
        sum(weight) over (partition by period, cluster_id, parameter_code, component) as answering
    from weights
),

medians as (
    select
        period,
        cluster_id,
        parameter_code,
        component,
        max(answering) as answering,
        min(case when share_below >= 0.5 - {{ rounding }} then y end) as median
    from distribution
    group by period, cluster_id, parameter_code, component
),

shares as (
    select
        medians.*,
        distribution.share_below
    from medians
    inner join distribution
        on medians.period = distribution.period
        and medians.cluster_id = distribution.cluster_id
        and medians.parameter_code = distribution.parameter_code
        and medians.component = distribution.component
        and medians.median = distribution.y
),

linearised as (
    select
        units.period,
        units.cluster_id,
        units.parameter_code,
        units.component,
        units.stratum,
        units.variance_scale,
        units.inverse_units,
        case
            when units.status <> 'answered' then 0
            else units.weight / shares.answering
                * (case when units.y <= shares.median then 1 else 0 end - shares.share_below)
        end as z
    from units
    inner join shares
        on units.period = shares.period
        and units.cluster_id = shares.cluster_id
        and units.parameter_code = shares.parameter_code
        and units.component = shares.component
),

variances as (
    {{ variance_of_linearised('linearised', ['period', 'cluster_id', 'parameter_code', 'component']) }}
),

errors as (
    select
        period,
        cluster_id,
        parameter_code,
        component,
        sqrt(greatest(variance, 0)) as share_error,
        greatest(degrees, 1) as degrees,
        largest_scale
    from variances
),

intervals as (
    select
        errors.period,
        errors.cluster_id,
        errors.parameter_code,
        errors.component,
        max(errors.largest_scale) as largest_scale,
        max(errors.degrees) as degrees,
        {% for reach, low, high in [(normal_95, 'low', 'high'), (student, 'lower', 'upper')] -%}
        min(
            case
                when distribution.share_below
                    >= 0.5 - {{ reach }} * errors.share_error - {{ rounding }}
                    then distribution.y
            end
        ) as {{ low }},
        coalesce(
            min(
                case
                    when distribution.share_below
                        >= 0.5 + {{ reach }} * errors.share_error - {{ rounding }}
                        then distribution.y
                end
            ), max(distribution.y)
        ) as {{ high }}{{ ',' if not loop.last }}
        {% endfor %}
    from errors
    inner join distribution
        on errors.period = distribution.period
        and errors.cluster_id = distribution.cluster_id
        and errors.parameter_code = distribution.parameter_code
        and errors.component = distribution.component
    group by errors.period, errors.cluster_id, errors.parameter_code, errors.component
),

sizes as (
    select
        period,
        cluster_id,
        parameter_code,
        component,
        max(factor) as factor,
        sum(case when status = 'answered' then 1 else 0 end) as sample_size
    from units
    group by period, cluster_id, parameter_code, component
)

select
    medians.period,
    medians.cluster_id,
    medians.parameter_code,
    medians.component,
    medians.median,
    shares.share_below,
    medians.median * sizes.factor as value,
    case
        when sizes.sample_size < 2 and intervals.largest_scale > 0 then null
        else (intervals.high - intervals.low) / (2 * {{ normal_95 }}) * abs(sizes.factor)
    end as standard_error,
    intervals.degrees,
    intervals.largest_scale = 0 as is_certain,
    case when intervals.largest_scale = 0 then medians.median else intervals.lower end * sizes.factor
        as value_lower,
    case when intervals.largest_scale = 0 then medians.median else intervals.upper end * sizes.factor
        as value_upper,
    intervals.low as interval_low,
    intervals.high as interval_high,
    intervals.lower as limit_low,
    intervals.upper as limit_high
from medians
inner join shares
    on medians.period = shares.period
    and medians.cluster_id = shares.cluster_id
    and medians.parameter_code = shares.parameter_code
    and medians.component = shares.component
inner join intervals
    on medians.period = intervals.period
    and medians.cluster_id = intervals.cluster_id
    and medians.parameter_code = intervals.parameter_code
    and medians.component = intervals.component
inner join sizes
    on medians.period = sizes.period
    and medians.cluster_id = sizes.cluster_id
    and medians.parameter_code = sizes.parameter_code
    and medians.component = sizes.component
