-- Shares of entrepreneurs who are women, and of Scheduled Castes, Scheduled Tribes and minorities, among
-- those who say: means of named clusters with linearised errors, as int_round_estimates has them. Several
-- owners of different sex count half. Few answers are hidden as those of other figures are.
{% set groups = {
    'women_entrepreneurs': ('entrepreneur_sex', "case answers.text_value when 'woman' then 1.0 when 'several' then 0.5 else 0.0 end"),
    'vulnerable_entrepreneurs': ('entrepreneur_group', "case when answers.text_value in ('sc', 'st', 'minority') then 1.0 else 0.0 end"),
    'sc_entrepreneurs': ('entrepreneur_group', "case answers.text_value when 'sc' then 1.0 else 0.0 end"),
    'st_entrepreneurs': ('entrepreneur_group', "case answers.text_value when 'st' then 1.0 else 0.0 end"),
    'minority_entrepreneurs': ('entrepreneur_group', "case answers.text_value when 'minority' then 1.0 else 0.0 end"),
} -%}
with sample as (
    select * from {{ ref('int_round_sample') }}
    where is_fresh
),

answers as (
    select * from {{ source('facts', 'round_answers') }}
    where schedule = 'unit' and text_value is not null
),

units as (
    {% for measure, (item, figure) in groups.items() -%}
    select
        '{{ measure }}' as measure,
        sample.period,
        sample.cluster_id,
        sample.weight,
        sample.stratum,
        sample.inverse_units,
        sample.variance_scale,
        {{ round_disclosure('sample') }} as is_controlled,
        answers.text_value is not null as is_answered,
        {{ figure }} as y
    from sample
    left join answers
        on sample.round = answers.round
        and sample.cluster_id = answers.cluster_id
        and sample.unit_hash = answers.unit_hash
        and answers.item = '{{ item }}'
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

shares as (
    select
        measure,
        period,
        cluster_id,
        max(case when is_controlled then 1 else 0 end) = 1 as is_controlled,
        sum(case when is_answered then 1 else 0 end) as sample_size,
        sum(case when is_answered then weight end) as answering,
        sum(case when is_answered then weight * y end) / sum(case when is_answered then weight end)
            as share
    from units
    group by measure, period, cluster_id
),

linearised as (
    select
        units.measure,
        units.period,
        units.cluster_id,
        units.stratum,
        units.inverse_units,
        units.variance_scale,
        case
            when units.is_answered then units.weight * (units.y - shares.share) / shares.answering
            else 0
        end as z
    from units
    inner join shares
        on units.measure = shares.measure
        and units.period = shares.period
        and units.cluster_id = shares.cluster_id
    where shares.share is not null
),

variances as (
    {{ variance_of_linearised('linearised', ['measure', 'period', 'cluster_id']) }}
),

figures as (
    select
        shares.*,
        shares.is_controlled and shares.sample_size < {{ var('disclosure_round_units') }} as is_hidden,
        case
            when shares.sample_size < 2 and variances.largest_scale > 0 then null
            else sqrt(greatest(variances.variance, 0))
        end as standard_error
    from shares
    left join variances
        on shares.measure = variances.measure
        and shares.period = variances.period
        and shares.cluster_id = variances.cluster_id
)

select
    measure,
    period,
    cluster_id as object_id,
    case when not is_hidden then {{ shown_digits('share') }} end as value,
    case when not is_hidden then {{ shown_error('share', 'standard_error') }} end as standard_error,
    case
        when share is null then 'not_answered'
        when is_hidden then 'suppressed_primary'
    end as null_reason,
    cast(sample_size as bigint) as sample_size
from figures
