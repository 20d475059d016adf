-- What each unit (and the cluster and association schedule of each named cluster) answers to each
-- recipe: numerator, denominator, and whether both could be had. Fresh rounds only.
--
-- answered: every item of both was. not_applicable: an item does not apply (-6) and leaves no
-- answer, or what is divided by is zero. Else missing: not asked (-9 or no answer stored), refused
-- (-8), not known (-7).
with clusters as (
    select * from {{ ref('int_round_clusters') }}
    where is_fresh
),

sample as (
    select * from {{ ref('int_round_sample') }}
    where is_fresh
),

terms as (
    select * from {{ ref('int_round_terms') }}
),

answers as (
    select * from {{ source('facts', 'round_answers') }}
),

prices as (
    select * from {{ ref('int_round_prices') }}
),

respondents as (
    select
        round,
        period,
        cluster_id,
        'unit' as schedule,
        unit_hash,
        size_class
    from sample

    union all

    select
        round,
        period,
        cluster_id,
        'cluster' as schedule,
        '' as unit_hash,
        '' as size_class
    from clusters

    union all

    select
        round,
        period,
        cluster_id,
        'association' as schedule,
        '' as unit_hash,
        '' as size_class
    from clusters
),

answered_terms as (
    select
        respondents.period,
        respondents.cluster_id,
        respondents.unit_hash,
        terms.schedule,
        terms.parameter_code,
        terms.component,
        terms.part,
        terms.is_amount,
        terms.sign * case
            when prices.median is not null then prices.median
            when terms.size_class <> respondents.size_class then 0
            when terms.code is null then answers.value
            when answers.text_value = terms.code then 1
            when answers.text_value is not null then 0
        end as amount,
        terms.is_optional,
        case
            when prices.median is not null then null
            when terms.code is null and answers.value is null then coalesce(answers.missing_code, -9)
            when terms.code is not null and answers.text_value is null
                then coalesce(answers.missing_code, -9)
        end as missing_code
    from respondents
    inner join terms on respondents.schedule = terms.schedule
    left join answers
        on respondents.round = answers.round
        and respondents.schedule = answers.schedule
        and respondents.cluster_id = answers.cluster_id
        and respondents.unit_hash = answers.unit_hash
        and terms.item = answers.item
    -- a reference price gives way to the national median
    left join prices
        on respondents.period = prices.period
        and respondents.cluster_id = prices.cluster_id
        and respondents.unit_hash = prices.unit_hash
        and terms.item = prices.item
),

-- a blank that means nothing is nothing
taken as (
    select
        period,
        cluster_id,
        unit_hash,
        schedule,
        parameter_code,
        component,
        part,
        is_amount,
        case when is_optional and missing_code = -9 then 0 else amount end as amount,
        case when is_optional and missing_code = -9 then null else missing_code end as missing_code
    from answered_terms
),

recipes as (
    select
        parameter_code,
        component,
        max(statistic) as statistic,
        max(factor) as factor,
        max(case when part = 'denominator' then 1 else 0 end) = 1 as has_denominator,
        min(case when part = 'denominator' or is_money then 1 else 0 end) = 1 as is_money,
        -- null where there is no denominator
        coalesce(min(case when part = 'denominator' then case when is_money then 1 else 0 end end) = 1, false)
            as is_denominator_money,
        max(case when is_signed then 1 else 0 end) = 1 as is_signed,
        max(unit) as unit
    from terms
    group by parameter_code, component
),

both_parts as (
    select
        period,
        cluster_id,
        unit_hash,
        schedule,
        parameter_code,
        component,
        sum(case when part = 'numerator' then amount end) as numerator,
        sum(case when part = 'denominator' then amount end) as denominator,
        max(case when missing_code <> -6 then 1 else 0 end) as is_missing,
        max(case when missing_code in (-8, -7) then 1 else 0 end) as was_asked,
        greatest(
            max(case when missing_code = -6 and not is_amount then 1 else 0 end)
            {%- for part in ['numerator', 'denominator'] %},
            -- nothing of a sum applies
            coalesce(min(case when part = '{{ part }}' then
                case when missing_code = -6 then 1 else 0 end
            end), 0)
            {%- endfor %}
        ) as is_not_applicable
    from taken
    group by period, cluster_id, unit_hash, schedule, parameter_code, component
)

select
    both_parts.period,
    both_parts.cluster_id,
    both_parts.unit_hash,
    both_parts.schedule,
    both_parts.parameter_code,
    both_parts.component,
    recipes.statistic,
    recipes.factor,
    both_parts.numerator,
    case when recipes.has_denominator then both_parts.denominator else 1 end as denominator,
    case
        when both_parts.is_not_applicable = 1 then 'not_applicable'
        when both_parts.is_missing = 1 and both_parts.was_asked = 1 then 'not_answered'
        when both_parts.is_missing = 1 then 'not_asked'
        -- a ratio of sums may hold units with zero below; a quotient of one respondent may not
        when recipes.has_denominator and both_parts.denominator = 0
            and recipes.statistic <> 'ratio' then 'zero_denominator'
        else 'answered'
    end as status,
    recipes.is_money,
    recipes.is_denominator_money,
    recipes.is_signed,
    recipes.unit
from both_parts
inner join recipes
    on both_parts.parameter_code = recipes.parameter_code
    and both_parts.component = recipes.component
