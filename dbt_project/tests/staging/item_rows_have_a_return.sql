{{ config(severity = 'warn', meta = {'dagster': {'ref': {'name': 'stg_asi__block_a'}}}) }}
-- Rows of the itemised blocks whose factory is not in block A: their values reach no total.
{% set blocks = 'bcdefghij' %}
with returns as (
    select distinct survey_year, factory_id from {{ ref('stg_asi__block_a') }}
)

{% for letter in blocks %}
select
    rows_of_block.survey_year,
    '{{ letter }}' as block,
    count(*) as rows_without_return
from {{ ref('stg_asi__block_' ~ letter) }} as rows_of_block
inner join {{ source('asi', 'survey_years') }} as years
    on rows_of_block.survey_year = years.survey_year and years.blocks like '%a%'
left join returns
    on rows_of_block.survey_year = returns.survey_year
    and rows_of_block.factory_id = returns.factory_id
where returns.factory_id is null
group by rows_of_block.survey_year
{{ 'union all' if not loop.last }}
{% endfor %}
