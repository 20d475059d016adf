-- FACTS parameters of named clusters from fresh survey rounds: one row for each parameter that the
-- dictionary gives to a schedule, in each named cluster and period, with a value or the reason why
-- there is none. Nothing here comes from the Annual Survey of Industries.
with clusters as (
    select * from {{ ref('int_round_clusters') }}
    where is_fresh
),

parameters as (
    select
        parameter_code,
        unit
    from {{ ref('facts_parameters') }}
    where schedules is not null
),

schedules as (
    select
        parameter_code,
        max(schedule) as schedule,
        max(statistic) as statistic
    from {{ ref('int_round_terms') }}
    group by parameter_code

    union all

    select 'CV05', 'unit', 'mean'
),

unit_values as (
    select * from {{ ref('int_round_unit_values') }}
),

answer_values as (
    select * from {{ ref('int_round_values') }}
    where schedule <> 'unit'
),

estimates as (
    select
        period,
        cluster_id,
        parameter_code,
        value,
        standard_error,
        null_reason
    from {{ ref('int_round_estimates') }}
    where statistic <> 'growth'

    union all

    select
        period,
        cluster_id,
        parameter_code,
        value,
        standard_error,
        null as null_reason
    from {{ ref('int_round_medians') }}

    union all

    select
        period,
        cluster_id,
        parameter_code,
        value,
        standard_error,
        null_reason
    from {{ ref('int_round_growth') }}

    union all

    select
        period,
        cluster_id,
        parameter_code,
        case when status = 'answered' then numerator / denominator * factor end as value,
        -- the cluster and its association are asked, not drawn: there is nothing of sampling in it
        cast(0 as {{ type_double() }}) as standard_error,
        null as null_reason
    from answer_values
),

-- how many answered; of the others, why: somebody was asked, or it applies to nobody
responses as (
    select
        period,
        cluster_id,
        parameter_code,
        sum(case when status = 'answered' then 1 else 0 end) as sample_size,
        min(case when status = 'not_applicable' then 1 else 0 end) as applies_to_none,
        max(case when status = 'not_answered' then 1 else 0 end) as was_asked,
        max(case when status not in ('answered', 'not_answered', 'not_applicable', 'not_asked')
            then status end) as other_reason
    from (
        select period, cluster_id, parameter_code, status from unit_values
        union all
        select period, cluster_id, parameter_code, status from answer_values
    ) as every_answer
    group by period, cluster_id, parameter_code
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
        parameters.parameter_code,
        parameters.unit,
        estimates.value,
        estimates.standard_error,
        coalesce(responses.sample_size, 0) as sample_size,
        case
            when schedules.schedule is null then 'no_single_figure'
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
    cross join parameters
    left join schedules on parameters.parameter_code = schedules.parameter_code
    left join estimates
        on clusters.period = estimates.period
        and clusters.cluster_id = estimates.cluster_id
        and parameters.parameter_code = estimates.parameter_code
    left join responses
        on clusters.period = responses.period
        and clusters.cluster_id = responses.cluster_id
        and parameters.parameter_code = responses.parameter_code
    left join disclosure
        on clusters.period = disclosure.period
        and clusters.cluster_id = disclosure.cluster_id
        and parameters.parameter_code = disclosure.parameter_code
    left join told_errors
        on clusters.period = told_errors.period
        and clusters.cluster_id = told_errors.cluster_id
        and parameters.parameter_code = told_errors.parameter_code
),

shown as (
    select
        *,
        is_controlled and is_revealing and value is not null as is_hidden,
        is_controlled and (is_revealing or is_error_revealing) as is_error_hidden
    from figures
)

select
    'named_cluster' as object_type,
    cluster_id as object_id,
    period,
    parameter_code,
    case when not is_hidden then {{ shown_digits('value') }} end as value,
    unit,
    case when not is_error_hidden and value is not null
        then {{ shown_error('value', 'standard_error') }} end as standard_error,
    'facts_fresh' as data_basis,
    case
        when is_hidden then 'suppressed_primary'
        when value is null then null_reason
    end as null_reason,
    cast(sample_size as bigint) as sample_size,
    is_synthetic
from shown
