-- The items of each recipe, one row each, with their sign: recipes join them by ` + ` and ` - `.
-- Growth has no recipe of one round: its rows are the totals that int_round_growth compares between
-- rounds.
with recipes as (
    select
        parameter_code,
        statistic,
        schedule,
        numerator,
        denominator,
        factor
    from {{ ref('facts_round_recipes') }}

    union all

    select 'CV02', 'growth', 'unit', 'output', null, 1

    union all

    select 'CV07', 'growth', 'unit', 'persons', null, 1
),

items as (
    select * from {{ ref('facts_items') }}
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
        statistic,
        schedule,
        factor,
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
        statistic,
        schedule,
        factor,
        part,
        expression,
        case when term like '-%' then substr(term, 2) else term end as item,
        case when term like '-%' then -1 else 1 end as sign
    from split
    where term <> ''
)

select
    signed.*,
    -- what does not apply adds nothing to a sum of amounts; to anything else it leaves no answer
    coalesce(items.value_kind = 'number' or items.unit = 'count', false) as is_amount,
    coalesce(items.unit in ('Rs', 'Rs lakh'), false) as is_money
from signed
left join items
    on signed.schedule = items.schedule
    and signed.item = items.item
