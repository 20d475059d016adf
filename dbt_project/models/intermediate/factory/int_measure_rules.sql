-- The rules of variable_fields that hold in each survey year: which field of which block makes which
-- variable, given the year's schedule and the release that was read.
with rules as (
    select * from {{ ref('variable_fields') }}
),

years as (
    select * from {{ source('asi', 'survey_years') }}
)

select
    years.survey_year,
    rules.variable,
    rules.block,
    coalesce(rules.role, '') as role,
    rules.field,
    rules.operation,
    rules.basis,
    rules.source,
    case
        when rules.block = 'derived' then null
        else years.blocks like '%' || rules.block || '%'
    end as is_in_release,
    years.is_synthetic
from years
inner join rules
    on years.survey_year >= rules.first_year
    and years.survey_year <= coalesce(rules.last_year, '9999')
    and (
        rules.release = 'any'
        or (rules.release = 'panel' and years.release = 'panel')
        or (rules.release = 'public' and years.release <> 'panel')
    )
