-- Which measures each survey year gives, and why the others are null.
with years as (
    select * from {{ source('asi', 'survey_years') }}
),

measures as (
    select * from {{ ref('asi_measures') }}
),

needs as (
    select
        years.survey_year,
        measures.measure,
        measures.position,
        years.is_synthetic,
        {% for letter in 'abcdefghij' -%}
        case
            when measures.blocks like '%{{ letter }}%' and years.missing_blocks like '%{{ letter }}%'
                then '{{ letter | upper }}' else ''
        end{{ ' || ' if not loop.last }}
        {%- endfor %} as missing_blocks
    from years
    cross join measures
)

select
    survey_year,
    measure,
    position,
    missing_blocks = '' as is_available,
    case when missing_blocks <> '' then 'block_not_in_release' end as null_reason,
    missing_blocks,
    is_synthetic
from needs
