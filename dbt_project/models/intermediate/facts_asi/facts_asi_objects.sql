-- The clusters in states and districts that FACTS metrics from the survey are about.
with cells as (
    select * from {{ ref('int_facts_cells') }}
),

medians as (
    select * from {{ ref('int_facts_medians') }}
)

select
    cells.domain as object_type,
    cells.object_id,
    cells.survey_year as period,
    cells.cluster_name
    || case when cells.domain = 'district_cluster'
        then ', district ' || cells.district_code || ' of ' else ', ' end
    || cells.state_name as object_name,
    cells.state_code,
    cells.state_name,
    nullif(cells.district_code, '') as district_code,
    cells.cluster_code,
    cells.cluster_name,
    cells.cluster_type,
    cells.factories_sampled,
    cells.units_estimated as units,
    case when not cells.production_hidden then cells.total_employees_estimated end as total_employees,
    case when not cells.production_hidden and not cells.capital_hidden
        then cells.fixed_capital_estimated end as fixed_capital,
    case when not cells.production_hidden
        then cast(cast(substr(cells.survey_year, 1, 4) as integer) + 1 - medians.median
            as {{ type_double() }}) end as age,
    cells.is_synthetic
from cells
left join medians using ({{ facts_cell() | join(', ') }})
