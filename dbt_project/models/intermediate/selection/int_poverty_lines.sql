-- Poverty lines of one person (Rs a month): the user's, and those that source 001 prints for 1999-2000
-- (section 2.4, footnote 19), with the price level of their year where the user gives one.
with lines as (
    select
        survey_year,
        state_code,
        setting,
        line,
        'user' as basis,
        source
    from {{ source('user', 'user_poverty_lines') }}

    union all

    select
        survey_year,
        state_code,
        setting,
        printed_line / persons as line,
        'source' as basis,
        'Source ' || document || ', ' || place as source
    from {{ ref('poverty_lines') }}
),

deflators as (
    select * from {{ source('user', 'user_deflators') }}
)

select
    lines.*,
    deflators.deflator
from lines
left join deflators on lines.survey_year = deflators.survey_year
