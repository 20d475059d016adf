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
),

hidden as (
    {{ hidden_families('cell', ['state_code', 'cluster_code']) }}
),

hidden_states as (
    {{ hidden_families('state', ['state_code']) }}
),

hidden_clusters as (
    {{ hidden_families('cluster', ['cluster_code']) }}
)

select
    cells.survey_year,
    cells.basis_state_code as state_code,
    cells.cluster_code,
    cells.factories_sampled,
    cells.total_employees as employees,
    case when cells.total_employees > 0 then cells.total_employees_se / cells.total_employees end
        as employees_rse,
    -- what is set against a hidden total would tell it
    greatest(
        coalesce(hidden.production, 0),
        coalesce(hidden_states.production, 0),
        coalesce(hidden_clusters.production, 0)
    ) = 1 as is_hidden,
    cells.share_of_cluster_employment as size,
    cells.share_of_cluster_employment_se as size_se,
    cells.lq_employment as specialisation,
    cells.lq_employment_se as specialisation_se,
    case when cells.cluster_productivity > 0
        then cells.labour_productivity / cells.cluster_productivity end as productivity,
    case when cells.cluster_productivity > 0
        then cells.labour_productivity_se / cells.cluster_productivity end as productivity_se
    {%- for value in dynamism_values() %},
    case when coalesce(hidden_base.production, 0) = 0
        then growth.{{ value }}_symmetric_growth end as {{ value }}_growth,
    case when coalesce(hidden_base.production, 0) = 0
        then growth.{{ value }}_symmetric_growth_se end as {{ value }}_growth_se
    {%- endfor %}
from cells
left join growth
    on cells.survey_year = growth.survey_year
    and cells.basis_state_code = growth.basis_state_code
    and cells.cluster_code = growth.cluster_code
left join hidden
    on cells.survey_year = hidden.survey_year
    and cells.basis_state_code = hidden.state_code
    and cells.cluster_code = hidden.cluster_code
left join hidden as hidden_base
    on growth.base_year = hidden_base.survey_year
    and cells.basis_state_code = hidden_base.state_code
    and cells.cluster_code = hidden_base.cluster_code
left join hidden_states
    on cells.survey_year = hidden_states.survey_year
    and cells.basis_state_code = hidden_states.state_code
left join hidden_clusters
    on cells.survey_year = hidden_clusters.survey_year
    and cells.cluster_code = hidden_clusters.cluster_code
where cells.state_basis = 'official'
