-- What each factory charges and pays, against the national median of the same item and unit in the
-- survey year: logs of relative prices, weighted by the factory's sales or purchases, each held between
-- a twentieth and twenty times the median. An item that fewer factories name has no median. Beside it
-- the sales of the factory's three largest products.
with factories as (
    select * from {{ ref('int_open_factory') }}
),

rules as (
    {{ indicator_rules(['price_factories']) }}
),

sold as (
    select
        survey_year,
        factory_id,
        item_code,
        unit_code,
        sum(gross_sale_value) as amount,
        sum(case when net_sale_rate > 0 then gross_sale_value else 0 end) as priced,
        sum(case when net_sale_rate > 0 then gross_sale_value / net_sale_rate else 0 end) as quantity
    from {{ ref('stg_asi__block_j') }}
    where role = 'named' and gross_sale_value > 0
    group by survey_year, factory_id, item_code, unit_code
),

bought as (
    select
        survey_year,
        factory_id,
        item_code,
        unit_code,
        sum(purchase_value) as amount,
        sum(case when quantity > 0 then purchase_value else 0 end) as priced,
        sum(case when quantity > 0 then quantity else 0 end) as quantity
    from {{ ref('stg_asi__block_h') }}
    where role = 'named' and purchase_value > 0
    group by survey_year, factory_id, item_code, unit_code
),

items as (
    select 'products' as kind, sold.* from sold
    union all
    select 'purchases' as kind, bought.* from bought
),

priced as (
    select
        items.*,
        factories.multiplier,
        case when items.quantity > 0 then items.priced / items.quantity end as price,
        row_number() over (
            partition by items.kind, items.survey_year, items.factory_id
            order by items.amount desc, items.item_code, items.unit_code
        ) as place
    from items
    inner join factories
        on items.survey_year = factories.survey_year
        and items.factory_id = factories.factory_id
),

medians as (
    {{ weighted_median(
        'priced', ['kind', 'survey_year', 'item_code', 'unit_code'], 'price', 'multiplier'
    ) }}
),

relative as (
    select
        priced.*,
        case when medians.rows_counted >= rules.price_factories then
            least(greatest(ln(priced.price / medians.median), -ln(20.0)), ln(20.0))
        end as log_price
    from priced
    cross join rules
    left join medians
        on priced.kind = medians.kind
        and priced.survey_year = medians.survey_year
        and priced.item_code = medians.item_code
        and priced.unit_code = medians.unit_code
)

select
    survey_year,
    factory_id,
    {% for kind, amount in [('products', 'sales'), ('purchases', 'purchases')] -%}
    {{ exact_sum("case when kind = '" ~ kind ~ "' and log_price is not null then priced * log_price "
        ~ "else 0 end") }} as log_{{ 'product' if kind == 'products' else 'purchase' }}_prices,
    {{ exact_sum("case when kind = '" ~ kind ~ "' and log_price is not null then priced else 0 end") }}
        as priced_{{ amount }},
    {% endfor -%}
    {{ exact_sum("case when kind = 'products' and place <= 3 then amount else 0 end") }}
        as principal_sales
from relative
group by survey_year, factory_id
