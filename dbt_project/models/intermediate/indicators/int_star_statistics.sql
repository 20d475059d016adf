-- What stars are given by, for every state and cluster with its official state. The average of the
-- cluster is taken as known in the error of the relative productivity.
with cells as (
    select
        *,
        sum(gross_value_added) over (partition by state_basis, survey_year, cluster_code)
        / nullif(total_employees_cluster, 0) as cluster_productivity
    from {{ ref('int_indicator_cells') }}
),

growth as (
    select * from {{ ref('int_indicator_growth') }}
    where state_basis = 'official'
)

select
    cells.survey_year,
    cells.state_code,
    cells.cluster_code,
    cells.factories_sampled,
    cells.total_employees as employees,
    case when cells.total_employees > 0 then cells.total_employees_se / cells.total_employees end
        as employees_rse,
    cells.is_quotient_hidden as is_hidden,
    cells.share_of_cluster_employment as size,
    cells.share_of_cluster_employment_se as size_se,
    cells.lq_employment as specialisation,
    cells.lq_employment_se as specialisation_se,
    case when cells.cluster_productivity > 0
        then cells.labour_productivity / cells.cluster_productivity end as productivity,
    case when cells.cluster_productivity > 0
        then cells.labour_productivity_se / cells.cluster_productivity end as productivity_se
    {%- for value in dynamism_values() %},
    case when not coalesce(growth.is_base_hidden, false)
        then growth.{{ value }}_symmetric_growth end as {{ value }}_growth,
    case when not coalesce(growth.is_base_hidden, false)
        then growth.{{ value }}_symmetric_growth_se end as {{ value }}_growth_se
    {%- endfor %}
from cells
left join growth
    on cells.survey_year = growth.survey_year
    and cells.state_code = growth.state_code
    and cells.cluster_code = growth.cluster_code
where cells.state_basis = 'official'
