-- The national median that a unit's price is set against: that of all units of fresh rounds of the period
-- that name the same product or material and the same unit of quantity, weighted, where enough units of
-- more than one named cluster do. A row for each unit and reference price that it takes the place of; a
-- unit without one keeps the reference price that it was asked for.
{% set priced = [('product', 'product_code_1'), ('material', 'material_code')] -%}
with sample as (
    select * from {{ ref('int_round_sample') }}
    where is_fresh
),

answers as (
    select * from {{ source('facts', 'round_answers') }}
    where schedule = 'unit'
),

rules as (
    {{ indicator_rules(['price_factories']) }}
),

named as (
    {% for kind, code in priced -%}
    select
        sample.period,
        sample.cluster_id,
        sample.unit_hash,
        max(sample.weight) as weight,
        '{{ kind }}_reference_price' as item,
        max(case when answers.item = '{{ code }}' then answers.text_value end) as code,
        max(case when answers.item = '{{ kind }}_unit' then lower(trim(answers.text_value)) end)
            as quantity_unit,
        max(case when answers.item = '{{ kind }}_price' then answers.value end) as price
    from sample
    inner join answers
        on sample.round = answers.round
        and sample.cluster_id = answers.cluster_id
        and sample.unit_hash = answers.unit_hash
    group by sample.period, sample.cluster_id, sample.unit_hash
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

comparable as (
    select * from named
    where code is not null and quantity_unit is not null and price > 0
),

medians as (
    {{ weighted_median(
        'comparable', ['period', 'item', 'code', 'quantity_unit'], 'price', 'weight'
    ) }}
),

spread as (
    select
        period,
        item,
        code,
        quantity_unit,
        count(distinct cluster_id) as named_clusters
    from comparable
    group by period, item, code, quantity_unit
)

select
    comparable.period,
    comparable.cluster_id,
    comparable.unit_hash,
    comparable.item,
    medians.median
from comparable
cross join rules
inner join medians using (period, item, code, quantity_unit)
inner join spread using (period, item, code, quantity_unit)
where medians.rows_counted >= rules.price_factories and spread.named_clusters > 1
