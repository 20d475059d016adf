-- Persons engaged of each cell of states and clusters as the published tables tell them: what is hidden
-- of a line is shared out over its hidden cells by their numbers of factories, along the state's line
-- and along the cluster's. Indices over the cells of a line are made of these, so that they tell nothing
-- of a hidden cell. In years without disclosure control both are the estimates.
with cells as (
    select * from {{ ref('int_indicator_cells') }}
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
),

years as (
    {{ controlled_years() }}
),

marked as (
    select
        cells.survey_year,
        cells.basis_state_code as state_code,
        cells.basis_state_name as state_name,
        cells.cluster_code,
        cells.cluster_name,
        cells.cluster_type,
        cells.factories_sampled,
        cells.units,
        cells.units_state,
        cells.units_cluster,
        cells.total_employees,
        cells.total_employees_state,
        cells.total_employees_cluster,
        cells.total_employees_country,
        cells.share_of_cluster_employment,
        cells.share_of_state_employment,
        cells.squared_employees,
        cells.fourth_power_employees,
        coalesce(hidden.production, 0) = 1 as is_hidden,
        coalesce(hidden_states.production, 0) = 1 as is_state_hidden,
        coalesce(hidden_clusters.production, 0) = 1 as is_cluster_hidden,
        years.is_controlled,
        cells.is_synthetic
    from cells
    inner join years on cells.survey_year = years.survey_year
    left join hidden
        on cells.survey_year = hidden.survey_year
        and cells.basis_state_code = hidden.state_code
        and cells.cluster_code = hidden.cluster_code
    left join hidden_states
        on cells.survey_year = hidden_states.survey_year
        and cells.basis_state_code = hidden_states.state_code
    left join hidden_clusters
        on cells.survey_year = hidden_clusters.survey_year
        and cells.cluster_code = hidden_clusters.cluster_code
)

select
    survey_year,
    state_code,
    state_name,
    cluster_code,
    cluster_name,
    cluster_type,
    factories_sampled,
    is_hidden,
    -- a figure that sets the cell against its totals
    is_hidden or is_state_hidden or is_cluster_hidden as is_quotient_hidden,
    {{ shared_out('share_of_state_employment', 'is_hidden', 'units', 'survey_year, state_code') }}
        as share_of_state,
    {{ shared_out('share_of_cluster_employment', 'is_hidden', 'units', 'survey_year, cluster_code') }}
        as share_of_cluster,
    -- the totals of all states share out what is hidden of the country's, those of clusters too
    {{ shared_out(
        'total_employees_state / nullif(total_employees_country, 0)', 'is_state_hidden', 'units_state',
        'survey_year, cluster_code'
    ) }} as state_share,
    {{ shared_out(
        'total_employees_cluster / nullif(total_employees_country, 0)', 'is_cluster_hidden',
        'units_cluster', 'survey_year, state_code'
    ) }} as cluster_share,
    total_employees_cluster,
    squared_employees,
    fourth_power_employees,
    is_controlled,
    is_synthetic
from marked
