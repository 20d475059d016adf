-- Weighted median of the year of initial production by cell, for cells with enough factories that say
-- it. Its standard error: that of the share of factories below it, turned back into years by the
-- distribution (Woodruff 1952, Confidence intervals for medians and other position measures). Limits are
-- read with Student's quantile, its degrees of freedom sampled factories less their strata.
{% set cell = facts_cell() | join(', ') %}
with factories as (
    select
        {{ cell }},
        stratum,
        variance_scale,
        inverse_units,
        multiplier,
        first_production_year as value
    from {{ ref('int_factory_domains') }}
    where
        domain in {{ facts_domains() }}
        and state_basis = 'official'
        and first_production_year is not null
),

rules as (
    {{ indicator_rules(['quantile_factories']) }}
),

medians as (
    {{ weighted_median('factories', facts_cell(), 'value', 'multiplier') }}
),

compared as (
    select
        factories.*,
        medians.median,
        medians.rows_counted,
        case when factories.value <= medians.median then 1.0 else 0.0 end as below
    from factories
    inner join medians using ({{ cell }})
    cross join rules
    where medians.rows_counted >= rules.quantile_factories
),

by_stratum as (
    select
        {{ cell }},
        stratum,
        median,
        rows_counted,
        max(variance_scale) as variance_scale,
        max(inverse_units) as inverse_units,
        count(*) as factories,
        sum(multiplier) as weight,
        sum(multiplier * multiplier) as squares,
        sum(multiplier * below) as weight_below,
        sum(multiplier * multiplier * below) as squares_below
    from compared
    group by {{ cell }}, stratum, median, rows_counted
),

shares as (
    select
        {{ cell }},
        median,
        rows_counted,
        sum(weight_below) / sum(weight) as share,
        greatest(
            sum(case when variance_scale > 0 then factories else 0 end)
            - sum(case when variance_scale > 0 then 1 else 0 end), 1
        ) as degrees,
        sum(weight) as weight,
        {{ stratified('squares', 'weight', 'weight') }} as variance,
        {{ stratified('squares_below', 'weight_below', 'weight_below') }} as variance_below,
        {{ stratified('squares_below', 'weight_below', 'weight') }} as covariance
    from by_stratum
    group by {{ cell }}, median, rows_counted
),

deviations as (
    select
        *,
        sqrt(greatest(
            variance_below - 2 * share * covariance + share * share * variance, 0
        )) / weight as share_error
    from shares
),

errors as (
    select
        *,
        1.96 * share_error as reach,
        {{ student_quantile('degrees') }} * share_error as student_reach
    from deviations
),

ordered as (
    select
        {{ cell }},
        value,
        sum(multiplier) over (
            partition by {{ cell }} order by value
            rows between unbounded preceding and current row
        ) / sum(multiplier) over (partition by {{ cell }}) as share_so_far
    from compared
)

select
    {{ cell }},
    errors.median,
    errors.rows_counted,
    errors.degrees,
    min(case when ordered.share_so_far >= 0.5 - errors.student_reach - 1e-12
        then ordered.value end) as median_lower,
    min(case when ordered.share_so_far >= least(0.5 + errors.student_reach, 1.0) - 1e-12
        then ordered.value end) as median_upper,
    (
        min(case when ordered.share_so_far >= least(0.5 + errors.reach, 1.0) - 1e-12
            then ordered.value end)
        - min(case when ordered.share_so_far >= 0.5 - errors.reach - 1e-12 then ordered.value end)
    ) / 3.92 as median_se
from errors
inner join ordered using ({{ cell }})
group by {{ cell }}, errors.median, errors.rows_counted, errors.degrees
