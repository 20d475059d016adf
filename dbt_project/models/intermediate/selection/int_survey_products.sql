-- Products of the factories of the newest survey year by item code, from block J.
with newest as (
    select max(survey_year) as survey_year from {{ source('asi', 'survey_years') }}
),

lines as (
    select * from {{ ref('stg_asi__block_j') }}
)

select
    lines.survey_year as period,
    lines.factory_id as unit,
    lines.item_code as product,
    sum(lines.gross_sale_value) as amount
from lines
inner join newest on lines.survey_year = newest.survey_year
where lines.role = 'named' and lines.gross_sale_value > 0
group by lines.survey_year, lines.factory_id, lines.item_code
