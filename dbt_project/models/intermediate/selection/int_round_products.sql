-- What the units of named clusters say that they sell: declared product codes with their share of the
-- unit's sales. A unit that gives one product without a share sells that alone.
{% set places = [1, 2, 3] -%}
with sample as (
    select * from {{ ref('int_round_sample') }}
    where is_fresh
),

answers as (
    select * from {{ source('facts', 'round_answers') }}
    where schedule = 'unit'
),

declared as (
    select
        sample.period,
        sample.cluster_id,
        sample.unit_hash,
        max(case when answers.item = 'sales' then answers.value end) as sales,
        {% for place in places -%}
        max(case when answers.item = 'product_code_{{ place }}' then answers.text_value end)
            as code_{{ place }},
        max(case when answers.item = 'product_share_{{ place }}' then answers.value end)
            as share_{{ place }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from sample
    inner join answers
        on sample.round = answers.round
        and sample.cluster_id = answers.cluster_id
        and sample.unit_hash = answers.unit_hash
    group by sample.period, sample.cluster_id, sample.unit_hash
),

lines as (
    {% for place in places -%}
    select
        period,
        cluster_id,
        unit_hash,
        code_{{ place }} as product,
        sales * coalesce(
            share_{{ place }}
            {%- if place == 1 %}, case when code_2 is null and code_3 is null then 1 end{% endif %}
            {%- if place != 1 %}, null{% endif %}
        ) as amount
    from declared
    where code_{{ place }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    period,
    cluster_id || '/' || unit_hash as unit,
    product,
    sum(amount) as amount
from lines
where amount > 0
group by period, cluster_id || '/' || unit_hash, product
