{{ config(materialized = 'table') }}
-- Which families of measures are hidden in each cell of FACTS, and whether the totals that it is set
-- against are: its state's, and the cluster's in the country. Totals of districts are never shown: they
-- would join the districts of a cell to those of another.
with of_states as (
    {{ hidden_families('state_cluster', ['state_code', 'cluster_code']) }}
),

state_totals as (
    {{ hidden_families('state', ['state_code']) }}
),

cluster_totals as (
    {{ hidden_families('cluster', ['cluster_code']) }}
),

of_districts as (
    {{ hidden_families('district_cluster', ['state_code', 'district_code', 'cluster_code']) }}
),

years as (
    {{ controlled_years() }}
),

cells as (
    select
        {{ facts_domain() | join(', ') }}
    from {{ ref('int_facts_totals') }}
)

select
    {% for column in facts_domain() -%}
    cells.{{ column }},
    {% endfor -%}
    {% for family in disclosure_families() -%}
    coalesce(of_states.{{ family }}, of_districts.{{ family }}, 0) = 1 as {{ family }},
    {% endfor -%}
    case cells.object_type
        when 'district_cluster' then years.is_controlled
        else coalesce(state_totals.production, 0) = 1
    end as parent_production,
    coalesce(cluster_totals.production, 0) = 1 as cluster_production,
    coalesce(of_states.status, of_districts.status) as status,
    coalesce(state_totals.status, 'suppressed_secondary') as parent_status,
    cluster_totals.status as cluster_status
from cells
inner join years on cells.survey_year = years.survey_year
left join of_states
    on cells.object_type = 'state_cluster'
    and cells.survey_year = of_states.survey_year
    and cells.state_code = of_states.state_code
    and cells.cluster_code = of_states.cluster_code
left join state_totals
    on cells.object_type = 'state_cluster'
    and cells.survey_year = state_totals.survey_year
    and cells.state_code = state_totals.state_code
left join cluster_totals
    on cells.survey_year = cluster_totals.survey_year
    and cells.cluster_code = cluster_totals.cluster_code
left join of_districts
    on cells.object_type = 'district_cluster'
    and cells.survey_year = of_districts.survey_year
    and cells.state_code = of_districts.state_code
    and cells.district_code = of_districts.district_code
    and cells.cluster_code = of_districts.cluster_code
