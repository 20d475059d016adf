{{ config(meta = {'dagster': {'ref': {'name': 'int_round_terms'}}}) }}
-- Each item of a recipe is a question of its schedule.
select
    terms.parameter_code,
    terms.item
from {{ ref('int_round_terms') }} as terms
left join {{ ref('facts_items') }} as items
    on terms.schedule = items.schedule
    and terms.item = items.item
where items.item is null
