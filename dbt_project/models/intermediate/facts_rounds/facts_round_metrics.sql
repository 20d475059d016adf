-- FACTS parameters of named clusters from fresh survey rounds: one row for each parameter that the
-- dictionary gives to a schedule and each component of it, in each named cluster and period, with a
-- value or the reason why there is none. Component `total` is the single figure. Nothing here comes from
-- the Annual Survey of Industries.
with clusters as (
    select * from {{ ref('int_round_clusters') }}
    where is_fresh
),

parameters as (
    select * from {{ ref('facts_parameters') }}
    where schedules is not null
),

terms as (
    select * from {{ ref('int_round_terms') }}
),

components as (
    select
        parameter_code,
        component,
        max(unit) as unit,
        max(schedule) as schedule
    from terms
    group by parameter_code, component

    union all

    -- what has no recipe of items: a model's figure, or none
    select
        parameter_code,
        'total' as component,
        unit,
        case when parameter_code = 'CV05' then 'unit' end as schedule
    from parameters
    where
        parameter_code not in (
            select parameter_code from terms
            where component = 'total'
        )
),

unit_values as (
    select * from {{ ref('int_round_unit_values') }}
),

answer_values as (
    select * from {{ ref('int_round_values') }}
    where schedule <> 'unit'
),

price_bases as (
    select * from {{ ref('int_round_price_bases') }}
),

-- means, ratios and totals; limits come from their errors
linear as (
    select * from {{ ref('int_round_estimates') }}
    where statistic <> 'growth'
),

estimates as (
    select
        period,
        cluster_id,
        parameter_code,
        component,
        value,
        standard_error,
        degrees,
        is_certain,
        {% for limit, sign in [('lower', '-'), ('upper', '+')] -%}
        {{ limit_of('value', 'standard_error', 'degrees', 'unit', 'is_signed', sign) }}
            as value_{{ limit }},
        {% endfor -%}
        cast(null as varchar) as value_basis,
        null_reason
    from linear

    union all

    select
        medians.period,
        medians.cluster_id,
        medians.parameter_code,
        medians.component,
        medians.value,
        medians.standard_error,
        medians.degrees,
        medians.is_certain,
        medians.value_lower,
        medians.value_upper,
        price_bases.value_basis,
        null as null_reason
    from {{ ref('int_round_medians') }} as medians
    left join price_bases
        on medians.period = price_bases.period
        and medians.cluster_id = price_bases.cluster_id
        and medians.parameter_code = price_bases.parameter_code

    union all

    select
        period,
        cluster_id,
        parameter_code,
        component,
        value,
        standard_error,
        degrees,
        is_certain,
        value_lower,
        value_upper,
        value_basis,
        null_reason
    from {{ ref('int_round_growth') }}

    union all

    select
        period,
        cluster_id,
        parameter_code,
        component,
        case when status = 'answered' then numerator / denominator * factor end as value,
        -- the cluster and its association are asked, not drawn: there is nothing of sampling in it
        cast(0 as {{ type_double() }}) as standard_error,
        cast(null as {{ type_double() }}) as degrees,
        true as is_certain,
        cast(null as {{ type_double() }}) as value_lower,
        cast(null as {{ type_double() }}) as value_upper,
        null as value_basis,
        null as null_reason
    from answer_values
),

-- how many answered; of the others, why: somebody was asked, or it applies to nobody
responses as (
    select
        period,
        cluster_id,
        parameter_code,
        component,
        sum(case when status = 'answered' then 1 else 0 end) as sample_size,
        min(case when status = 'not_applicable' then 1 else 0 end) as applies_to_none,
        max(case when status = 'not_answered' then 1 else 0 end) as was_asked,
        max(case when status not in ('answered', 'not_answered', 'not_applicable', 'not_asked')
            then status end) as other_reason
    from (
        select period, cluster_id, parameter_code, component, status from unit_values
        union all
        select period, cluster_id, parameter_code, component, status from answer_values
    ) as every_answer
    group by period, cluster_id, parameter_code, component
),

disclosure as (
    select * from {{ ref('int_round_disclosure') }}
),

told_errors as (
    select * from {{ ref('int_round_told_errors') }}
),

figures as (
    select
        clusters.cluster_id,
        clusters.period,
        clusters.is_synthetic,
        components.parameter_code,
        components.component,
        components.unit,
        estimates.value,
        estimates.standard_error,
        estimates.degrees,
        estimates.is_certain,
        case when estimates.is_certain then estimates.value else estimates.value_lower end as value_lower,
        case when estimates.is_certain then estimates.value else estimates.value_upper end as value_upper,
        estimates.value_basis,
        coalesce(responses.sample_size, 0) as sample_size,
        case
            when components.schedule is null then 'no_single_figure'
            when responses.period is null then 'no_units_accepted'
            when responses.sample_size = 0 and responses.applies_to_none = 1 then 'not_applicable'
            when responses.sample_size = 0 and responses.other_reason is not null
                then responses.other_reason
            when responses.sample_size = 0 and responses.was_asked = 1 then 'not_answered'
            when responses.sample_size = 0 then 'not_asked'
            else estimates.null_reason
        end as null_reason,
        {{ round_disclosure('clusters') }} as is_controlled,
        disclosure.period is not null as is_revealing,
        told_errors.period is not null as is_error_revealing
    from clusters
    cross join components
    left join estimates
        on clusters.period = estimates.period
        and clusters.cluster_id = estimates.cluster_id
        and components.parameter_code = estimates.parameter_code
        and components.component = estimates.component
    left join responses
        on clusters.period = responses.period
        and clusters.cluster_id = responses.cluster_id
        and components.parameter_code = responses.parameter_code
        and components.component = responses.component
    left join disclosure
        on clusters.period = disclosure.period
        and clusters.cluster_id = disclosure.cluster_id
        and components.parameter_code = disclosure.parameter_code
        and components.component = disclosure.component
    left join told_errors
        on clusters.period = told_errors.period
        and clusters.cluster_id = told_errors.cluster_id
        and components.parameter_code = told_errors.parameter_code
        and components.component = told_errors.component
),

shown as (
    select
        *,
        is_controlled and is_revealing and value is not null as is_hidden,
        is_controlled and (is_revealing or is_error_revealing) as is_error_hidden
    from figures
),

rounded as (
    select
        *,
        case when not is_hidden and value is not null then value end as shown_value,
        case when not is_error_hidden and value is not null
            then {{ shown_error('value', 'standard_error') }} end as shown_error
    from shown
),

-- where everybody who answered says the same, a sample can't tell how the others differ
estimable as (
    select
        *,
        shown_value is not null and (is_certain or shown_error > 0) as has_limits
    from rounded
)

select
    'named_cluster' as object_type,
    cluster_id as object_id,
    period,
    parameter_code,
    component,
    {{ shown_digits('shown_value') }} as value,
    unit,
    shown_error as standard_error,
    {{ shown_limits('is_error_hidden') }},
    case when shown_value is not null then value_basis end as value_basis,
    'facts_fresh' as data_basis,
    case
        when is_hidden then 'suppressed_primary'
        when value is null then null_reason
    end as null_reason,
    cast(sample_size as bigint) as sample_size,
    is_synthetic
from estimable
