-- What stars are given by, for every state and cluster with its official state, and the covariances of the
-- logarithms of the totals behind it, of the survey year and of that which growth is measured from.
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
),

errors as (
    select * from {{ ref('int_star_errors') }}
)

select
    cells.survey_year,
    cells.state_code,
    cells.cluster_code,
    cells.factories_sampled,
    coalesce(errors.factories_drawn, 0) as factories_drawn,
    cells.total_employees as employees,
    case when cells.total_employees > 0 then cells.total_employees_se / cells.total_employees end
        as employees_rse,
    cells.is_quotient_hidden as is_hidden,
    cells.share_of_cluster_employment as size,
    cells.lq_employment as specialisation,
    case when cells.cluster_productivity > 0
        then cells.labour_productivity / cells.cluster_productivity end as productivity
    {%- for value in dynamism_values() %},
    case when not coalesce(growth.is_base_hidden, false)
        then growth.{{ value }}_symmetric_growth end as {{ value }}_growth
    {%- endfor %}
    {%- for pair in star_pairs() %},
    errors.{{ pair }},
    before.{{ pair }} as {{ pair }}_before
    {%- endfor %}
from cells
left join errors
    on cells.survey_year = errors.survey_year
    and cells.state_code = errors.state_code
    and cells.cluster_code = errors.cluster_code
left join growth
    on cells.survey_year = growth.survey_year
    and cells.state_code = growth.state_code
    and cells.cluster_code = growth.cluster_code
left join errors as before
    on growth.base_year = before.survey_year
    and growth.state_code = before.state_code
    and growth.cluster_code = before.cluster_code
where cells.state_basis = 'official'
