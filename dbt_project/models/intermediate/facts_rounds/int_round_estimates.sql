-- Means, ratios and totals of named clusters with standard errors, over the units that answered:
-- linearised variance for stratified samples with finite population correction, as for the annual
-- survey (macro stratified()), where units outside the domain count in their stratum with zero.
--
--     mean, ratio:  R = sum(w y) / sum(w x)
--     total:        Y = sum(w y) * up
--
-- A total stands for all units that the question applies to: those that did not answer are taken at
-- the mean of those that did. `up` is applicable / answering, both sums of weights. Linearised values
-- are those of linearised_answer(). The sums stand beside the estimates for what needs them again.
with units as (
    select * from {{ ref('int_round_unit_values') }}
    where statistic in ('mean', 'ratio', 'total', 'growth')
),

sums as (
    select
        period,
        cluster_id,
        parameter_code,
        component,
        statistic,
        factor,
        max(case when is_signed then 1 else 0 end) = 1 as is_signed,
        max(unit) as unit,
        {{ exact_sum('weight * y') }} as sum_y,
        {{ exact_sum('weight * x') }} as sum_x,
        {{ exact_sum("case when status = 'answered' then weight end") }} as answering,
        {{ exact_sum("case when status <> 'not_applicable' then weight end") }} as applicable,
        sum(case when status = 'answered' then 1 else 0 end) as sample_size
    from units
    group by period, cluster_id, parameter_code, component, statistic, factor
),

estimates as (
    select
        *,
        case
            when statistic in ('total', 'growth') then sum_y * applicable / answering
            when sum_x > 0 then sum_y / sum_x
        end as estimate
    from sums
),

linearised as (
    select
        units.period,
        units.cluster_id,
        units.parameter_code,
        units.component,
        units.stratum,
        units.inverse_units,
        units.variance_scale,
        {{ linearised_answer('units', 'estimates') }} as z
    from units
    inner join estimates
        on units.period = estimates.period
        and units.cluster_id = estimates.cluster_id
        and units.parameter_code = estimates.parameter_code
        and units.component = estimates.component
    where estimates.estimate is not null
),

variances as (
    {{ variance_of_linearised('linearised', ['period', 'cluster_id', 'parameter_code', 'component']) }}
)

select
    estimates.period,
    estimates.cluster_id,
    estimates.parameter_code,
    estimates.component,
    estimates.statistic,
    estimates.estimate,
    estimates.sum_y,
    estimates.sum_x,
    estimates.answering,
    estimates.applicable,
    estimates.estimate * estimates.factor as value,
    case
        when estimates.estimate is null then null
        -- one answer says nothing about how answers differ
        when estimates.sample_size < 2 and variances.largest_scale > 0 then null
        else sqrt(greatest(variances.variance, 0)) * abs(estimates.factor)
    end as standard_error,
    greatest(variances.degrees, 1) as degrees,
    coalesce(variances.largest_scale, 0) = 0 as is_certain,
    estimates.is_signed,
    estimates.unit,
    case
        when estimates.estimate is null and estimates.sample_size > 0
            then 'denominator_not_positive'
    end as null_reason
from estimates
left join variances
    on estimates.period = variances.period
    and estimates.cluster_id = variances.cluster_id
    and estimates.parameter_code = variances.parameter_code
    and estimates.component = variances.component
