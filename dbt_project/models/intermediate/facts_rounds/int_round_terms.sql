-- The items of each recipe, one row each, with their sign: recipes join them by ` + ` and ` - `.
--
--     persons          the answer
--     persons[micro]   the answer of units of this size class, nothing of the others
--     legal_form=shg   1 where the answer is this code, 0 where it is another
--     product_share_2? the answer; a cell left blank is nothing, not a missing answer
--
-- Growth has no recipe of one round: its rows are the totals that int_round_growth compares between
-- rounds.
with recipes as (
    select
        parameter_code,
        component,
        statistic,
        schedule,
        numerator,
        denominator,
        factor,
        unit
    from {{ ref('facts_round_recipes') }}

    union all

    select 'CV02', 'total', 'growth', 'unit', 'output', null, 1, null

    union all

    select 'CV07', 'total', 'growth', 'unit', 'persons', null, 1, null
),

items as (
    select * from {{ ref('facts_items') }}
),

parameters as (
    select * from {{ ref('facts_parameters') }}
),

parts as (
    select
        *,
        'numerator' as part,
        replace(numerator, ' - ', ' + -') as expression
    from recipes

    union all

    select
        *,
        'denominator' as part,
        replace(denominator, ' - ', ' + -') as expression
    from recipes
    where denominator is not null
),

split as (
    {% for place in range(1, most_entries() + 1) -%}
    select
        parameter_code,
        component,
        statistic,
        schedule,
        factor,
        unit,
        part,
        expression,
        trim({{ dbt.split_part('expression', "' + '", place) }}) as term
    from parts
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

signed as (
    select
        parameter_code,
        component,
        statistic,
        schedule,
        factor,
        unit,
        part,
        expression,
        case when term like '-%' then substr(term, 2) else term end as term,
        case when term like '-%' then -1 else 1 end as sign
    from split
    where term <> ''
),

read as (
    select
        *,
        replace({{ dbt.split_part(dbt.split_part('term', "'['", 1), "'='", 1) }}, '?', '') as item,
        nullif({{ dbt.split_part('term', "'='", 2) }}, '') as code,
        nullif(replace({{ dbt.split_part('term', "'['", 2) }}, ']', ''), '') as size_class,
        term like '%?' as is_optional
    from signed
)

select
    read.parameter_code,
    read.component,
    read.statistic,
    read.schedule,
    read.factor,
    read.part,
    read.expression,
    read.item,
    read.code,
    read.size_class,
    read.is_optional,
    read.sign,
    coalesce(read.unit, parameters.unit) as unit,
    -- what does not apply adds nothing to a sum of amounts; to anything else it leaves no answer
    coalesce(items.value_kind = 'number' or items.unit = 'count', false) as is_amount,
    coalesce(items.unit in ('Rs', 'Rs lakh'), false) as is_money,
    -- codes and shares have no sign, numbers where nothing below zero is taken
    read.sign < 0 or (items.value_kind in ('number', 'integer') and items.minimum is null) as is_signed
from read
inner join parameters on read.parameter_code = parameters.parameter_code
left join items
    on read.schedule = items.schedule
    and read.item = items.item
