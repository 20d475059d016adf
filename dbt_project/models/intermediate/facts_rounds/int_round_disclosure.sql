-- Figures of named clusters that would tell of single units, and by which rule
-- (docs/decisions/0008-disclosure.md). An amount is what a figure of units divides, above or below, as
-- the recipe writes it: the same words are the same amount, whichever figure they stand in.
with unit_values as (
    select * from {{ ref('int_round_unit_values') }}
),

counted as (
    select * from unit_values
    where status = 'answered'
),

terms as (
    select * from {{ ref('int_round_terms') }}
),

recipes as (
    select * from {{ ref('facts_round_recipes') }}
),

items as (
    select * from {{ ref('facts_items') }}
),

growth as (
    select * from {{ ref('int_round_growth') }}
),

amounts as (
    select distinct
        parameter_code,
        component,
        statistic,
        part,
        expression,
        unit
    from terms
    where schedule = 'unit'
),

-- amounts that are printed themselves, as a total or as a mean of units
printed as (
    select
        parameter_code,
        component,
        expression
    from amounts
    where statistic in ('total', 'mean')
),

-- a part of a printed whole: what it leaves is an amount as well. Where the part is printed for itself, its
-- figures are to be hidden, else the components that print the whole.
parts_of_wholes as (
    select distinct
        above.parameter_code,
        above.component,
        above.expression,
        below.expression as whole,
        printed_part.expression is null and printed_whole.component <> 'total' as is_told_by_whole
    from amounts as above
    inner join amounts as below
        on above.parameter_code = below.parameter_code
        and above.component = below.component
        and below.part = 'denominator'
    left join printed as printed_part on above.expression = printed_part.expression
    inner join printed as printed_whole on below.expression = printed_whole.expression
    where above.part = 'numerator' and above.unit = 'share'
),

few as (
    select
        period,
        cluster_id,
        parameter_code,
        component
    from unit_values
    group by period, cluster_id, parameter_code, component
    having sum(case when status = 'answered' then 1 else 0 end) < {{ var('disclosure_round_units') }}
),

-- a figure of those who gave one answer, or are of one size, tells of them and of the others: both are
-- none or enough. Weights are known, so a share is a number of units.
of_classes as (
    select distinct
        parameter_code,
        component
    from terms
    where schedule = 'unit' and (code is not null or size_class is not null)
),

few_of_a_class as (
    select
        counted.period,
        counted.cluster_id,
        counted.parameter_code,
        counted.component
    from counted
    inner join of_classes
        on counted.parameter_code = of_classes.parameter_code
        and counted.component = of_classes.component
    group by
        counted.period,
        counted.cluster_id,
        counted.parameter_code,
        counted.component
    having
        sum(case when counted.y <> 0 then 1 else 0 end)
        between 1 and {{ var('disclosure_round_units') }} - 1
        or sum(case when counted.y = 0 then 1 else 0 end)
        between 1 and {{ var('disclosure_round_units') }} - 1
),

money as (
    select
        counted.period,
        counted.cluster_id,
        counted.unit_hash,
        counted.parameter_code,
        counted.component,
        amounts.expression,
        abs(case when amounts.part = 'numerator' then counted.y else counted.x end) * counted.weight
            as money,
        null as whole,
        false as is_told_by_whole
    from counted
    inner join amounts
        on counted.parameter_code = amounts.parameter_code
        and counted.component = amounts.component
    where case when amounts.part = 'numerator' then counted.is_money else counted.is_denominator_money end

    union all

    select
        counted.period,
        counted.cluster_id,
        counted.unit_hash,
        counted.parameter_code,
        counted.component,
        parts_of_wholes.expression,
        abs(counted.x - counted.y) * counted.weight as money,
        parts_of_wholes.whole,
        parts_of_wholes.is_told_by_whole
    from counted
    inner join parts_of_wholes
        on counted.parameter_code = parts_of_wholes.parameter_code
        and counted.component = parts_of_wholes.component
    where counted.is_money and counted.is_denominator_money
),

largest as (
    select
        *,
        sum(money) over (
            partition by period, cluster_id, parameter_code, component, expression, whole
        ) as total,
        row_number() over (
            partition by period, cluster_id, parameter_code, component, expression, whole
            order by money desc, unit_hash
        ) as place
    from money
),

dominated_sums as (
    select
        period,
        cluster_id,
        expression,
        whole,
        max(case when is_told_by_whole then 1 else 0 end) = 1 as is_told_by_whole
    from largest
    where place <= 2
    group by period, cluster_id, parameter_code, component, expression, whole
    having sum(money) >= {{ var('disclosure_round_dominance') }} * max(total) and max(total) > 0
),

-- an amount that two units make nearly all of is told by no figure: a ratio times its printed
-- denominator is its numerator; nor is one that would leave such an amount of a shown whole
dominated as (
    select
        sums.period,
        sums.cluster_id,
        sums.expression,
        case when sums.is_told_by_whole then sums.whole end as whole
    from dominated_sums as sums
    left join dominated_sums as wholes
        on sums.period = wholes.period
        and sums.cluster_id = wholes.cluster_id
        and sums.whole = wholes.expression
        and wholes.whole is null
    where wholes.period is null
),

sensitive as (
    select
        period,
        cluster_id,
        parameter_code,
        component,
        'few_units' as rule
    from few

    union all

    select
        period,
        cluster_id,
        parameter_code,
        component,
        'few_of_a_class' as rule
    from few_of_a_class

    union all

    select
        dominated.period,
        dominated.cluster_id,
        amounts.parameter_code,
        amounts.component,
        'dominance' as rule
    from dominated
    inner join amounts on dominated.expression = amounts.expression
    where dominated.whole is null

    union all

    select
        dominated.period,
        dominated.cluster_id,
        printed.parameter_code,
        printed.component,
        'dominance' as rule
    from dominated
    inner join printed
        on dominated.whole = printed.expression
        and printed.component <> 'total'
),

-- What is linked, each with the figures of its parameter that it may add up to. Who answered some of them
-- and not the others is told by what they leave of one another.
links as (
    select
        linked.parameter_code,
        linked.linked_by,
        members.component,
        count(*) over (partition by linked.parameter_code, linked.linked_by) as components
    from (
        select distinct
            parameter_code,
            linked_by
        from recipes
        where linked_by is not null
    ) as linked
    inner join recipes as members
        on linked.parameter_code = members.parameter_code
        and (members.linked_by is null or linked.linked_by = members.linked_by)
),

answered_in_part as (
    select
        period,
        cluster_id,
        parameter_code,
        linked_by
    from (
        select
            counted.period,
            counted.cluster_id,
            counted.unit_hash,
            links.parameter_code,
            links.linked_by,
            count(*) < max(links.components) as is_in_part
        from counted
        inner join links
            on counted.parameter_code = links.parameter_code
            and counted.component = links.component
        group by
            counted.period,
            counted.cluster_id,
            counted.unit_hash,
            links.parameter_code,
            links.linked_by
    ) as by_unit
    group by period, cluster_id, parameter_code, linked_by
    having
        sum(case when is_in_part then 1 else 0 end)
        between 1 and {{ var('disclosure_round_units') }} - 1
),

-- components that add up to one another, or to a figure that is shown: one of them follows from the rest
linked as (
    select
        answered_in_part.period,
        answered_in_part.cluster_id,
        recipes.parameter_code,
        recipes.component,
        'linked' as rule
    from answered_in_part
    inner join recipes
        on answered_in_part.parameter_code = recipes.parameter_code
        and answered_in_part.linked_by = recipes.linked_by

    union

    select
        sensitive.period,
        sensitive.cluster_id,
        others.parameter_code,
        others.component,
        'linked' as rule
    from sensitive
    inner join recipes
        on sensitive.parameter_code = recipes.parameter_code
        and sensitive.component = recipes.component
    inner join recipes as others
        on recipes.parameter_code = others.parameter_code
        and recipes.linked_by = others.linked_by
),

shown as (
    select
        counted.period,
        counted.cluster_id,
        counted.unit_hash,
        counted.parameter_code,
        counted.component,
        printed.expression,
        counted.is_money,
        abs(counted.y) * counted.weight as amount
    from counted
    inner join printed
        on counted.parameter_code = printed.parameter_code
        and counted.component = printed.component
    left join sensitive
        on counted.period = sensitive.period
        and counted.cluster_id = sensitive.cluster_id
        and counted.parameter_code = sensitive.parameter_code
        and counted.component = sensitive.component
    where sensitive.period is null
),

-- A ratio of two printed amounts tells each of them for the units that it counts, and so for those that
-- it leaves out: who answered the one question and not the other.
left_out as (
    select
        shown.period,
        shown.cluster_id,
        ratios.parameter_code,
        ratios.component,
        shown.parameter_code as total_code,
        shown.component as total_component,
        shown.unit_hash,
        shown.is_money,
        shown.amount,
        row_number() over (
            partition by
                shown.period, shown.cluster_id, ratios.parameter_code, ratios.component,
                shown.parameter_code, shown.component
            order by shown.amount desc, shown.unit_hash
        ) as place
    from (
        select
            ratio.parameter_code,
            ratio.component,
            ratio.expression,
            other.expression as other_expression
        from amounts as ratio
        inner join amounts as other
            on ratio.parameter_code = other.parameter_code
                and ratio.component = other.component
            and ratio.part <> other.part
        where ratio.statistic = 'ratio'
    ) as ratios
    inner join shown on ratios.expression = shown.expression
    left join counted
        on shown.period = counted.period
        and shown.cluster_id = counted.cluster_id
        and shown.unit_hash = counted.unit_hash
        and ratios.parameter_code = counted.parameter_code
        and ratios.component = counted.component
    where
        counted.unit_hash is null
        and exists (
            select 1 from shown as other
            where
                other.period = shown.period
                and other.cluster_id = shown.cluster_id
                and other.expression = ratios.other_expression
        )
),

told_of_left_out as (
    select
        period,
        cluster_id,
        parameter_code,
        component,
        'left_out' as rule
    from left_out
    group by period, cluster_id, parameter_code, component, total_code, total_component
    having
        count(*) < {{ var('disclosure_round_units') }}
        or (
            min(case when is_money then 1 else 0 end) = 1
            and sum(amount) > 0
            and sum(case when place <= 2 then amount else 0 end)
            >= {{ var('disclosure_round_dominance') }} * sum(amount)
        )
),

-- totals of a round that its figures don't tell: those that growth compares, and linked ones
hidden_totals as (
    select
        sensitive.period,
        sensitive.cluster_id,
        amounts.expression
    from sensitive
    inner join amounts
        on sensitive.parameter_code = amounts.parameter_code
        and sensitive.component = amounts.component
        and amounts.statistic = 'growth'

    union

    select
        linked.period,
        linked.cluster_id,
        printed.expression
    from linked
    inner join printed
        on linked.parameter_code = printed.parameter_code
        and linked.component = printed.component
),

-- a total and its growth tell the total of the earlier round, whichever figure has it
growing as (
    select distinct
        growth.period,
        growth.cluster_id,
        growth.parameter_code,
        growth.component,
        'earlier_round' as rule
    from growth
    inner join amounts
        on growth.parameter_code = amounts.parameter_code
        and growth.component = amounts.component
    inner join hidden_totals
        on growth.earlier_period = hidden_totals.period
        and growth.cluster_id = hidden_totals.cluster_id
        and amounts.expression = hidden_totals.expression
),

-- growth that is over the year before is hidden with what it is
over_the_year as (
    select
        growth.period,
        growth.cluster_id,
        growth.parameter_code,
        growth.component,
        sensitive.rule
    from growth
    inner join sensitive
        on growth.period = sensitive.period
        and growth.cluster_id = sensitive.cluster_id
        and growth.parameter_code = sensitive.parameter_code
        and sensitive.component = 'year_before'
    where growth.is_over_the_year
),

-- what the cluster schedule says from records of the sum of its units tells that sum
from_records as (
    select
        sensitive.period,
        sensitive.cluster_id,
        terms.parameter_code,
        terms.component,
        'from_records' as rule
    from terms
    inner join items
        on terms.schedule = items.schedule
        and terms.item = items.item
    inner join printed on items.sum_of = printed.expression
    inner join sensitive
        on printed.parameter_code = sensitive.parameter_code
        and printed.component = sensitive.component
    where terms.schedule <> 'unit'
),

together as (
    {% for rule in [
        'sensitive', 'linked', 'told_of_left_out', 'growing', 'over_the_year', 'from_records'
    ] -%}
    select * from {{ rule }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
)

select
    period,
    cluster_id,
    parameter_code,
    component,
    min(rule) as rule
from together
group by period, cluster_id, parameter_code, component
