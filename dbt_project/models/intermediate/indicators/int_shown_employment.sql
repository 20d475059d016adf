-- Persons engaged of each cell of states and clusters as the published tables tell them: what is hidden
-- of a line is shared out over its hidden cells by their numbers of factories, along the state's line
-- and along the cluster's. Indices over the cells of a line are made of these, so that they tell nothing
-- of a hidden cell. In years without disclosure control both are the estimates.
select
    survey_year,
    state_code,
    state_name,
    cluster_code,
    cluster_name,
    cluster_type,
    factories_sampled,
    production_hidden as is_hidden,
    state_hidden,
    cluster_hidden,
    units,
    units_state,
    units_cluster,
    {{ shared_out(
        'share_of_state_employment', 'production_hidden', 'units', 'survey_year, state_code'
    ) }} as share_of_state,
    {{ shared_out(
        'share_of_cluster_employment', 'production_hidden', 'units', 'survey_year, cluster_code'
    ) }} as share_of_cluster,
    -- the totals of all states share out what is hidden of the country's, those of clusters too
    {{ shared_out(
        'total_employees_state / nullif(total_employees_country, 0)', 'state_hidden', 'units_state',
        'survey_year, cluster_code'
    ) }} as state_share,
    {{ shared_out(
        'total_employees_cluster / nullif(total_employees_country, 0)', 'cluster_hidden',
        'units_cluster', 'survey_year, state_code'
    ) }} as cluster_share,
    total_employees_cluster,
    squared_employees,
    fourth_power_employees,
    is_controlled,
    is_synthetic
from {{ ref('int_indicator_cells') }}
where state_basis = 'official'
