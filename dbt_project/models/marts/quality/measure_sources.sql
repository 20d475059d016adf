-- Which field of which block makes each measure in each survey year, and where a measure is not
-- collected.
with measures as (
    select * from {{ ref('int_measures') }}
),

availability as (
    select * from {{ ref('int_variable_availability') }}
),

rules as (
    select * from {{ ref('int_measure_rules') }}
)

select
    availability.survey_year,
    availability.variable as measure,
    measures.measure is not null as is_published_measure,
    case when rules.block <> 'derived' then upper(rules.block) end as block,
    case when rules.block <> 'derived' then rules.role end as row_role,
    rules.field,
    coalesce(rules.operation, 'none') as operation,
    rules.basis,
    rules.source,
    case
        when rules.variable is null then 'not_collected_this_year'
        when rules.block = 'derived' then 'derived'
        when rules.is_in_release then 'in_release'
        else 'block_not_in_release'
    end as status,
    availability.is_synthetic
from availability
left join measures on availability.variable = measures.measure
left join rules
    on availability.survey_year = rules.survey_year
    and availability.variable = rules.variable
