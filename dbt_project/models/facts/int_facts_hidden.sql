{{ config(materialized = 'table') }}
-- Which families of measures are hidden in each cell of FACTS, and whether the total of its state or
-- district is.
with of_states as (
    {{ hidden_families('cell', ['state_code', 'cluster_code']) }}
),

state_totals as (
    {{ hidden_families('state', ['state_code']) }}
),

of_districts as (
    {{ hidden_families('cell', ['state_code', 'cluster_code'], 'int_facts_disclosure') }}
),

district_totals as (
    {{ hidden_families('state', ['state_code'], 'int_facts_disclosure') }}
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
    coalesce(state_totals.production, district_totals.production, 0) = 1 as parent_production,
    coalesce(of_states.status, of_districts.status) as status,
    coalesce(state_totals.status, district_totals.status) as parent_status
from cells
left join of_states
    on cells.object_type = 'state_cluster'
    and cells.survey_year = of_states.survey_year
    and cells.state_code = of_states.state_code
    and cells.cluster_code = of_states.cluster_code
left join state_totals
    on cells.object_type = 'state_cluster'
    and cells.survey_year = state_totals.survey_year
    and cells.state_code = state_totals.state_code
left join of_districts
    on cells.object_type = 'district_cluster'
    and cells.survey_year || '/' || cells.state_code = of_districts.survey_year
    and cells.district_code = of_districts.state_code
    and cells.cluster_code = of_districts.cluster_code
left join district_totals
    on cells.object_type = 'district_cluster'
    and cells.survey_year || '/' || cells.state_code = district_totals.survey_year
    and cells.district_code = district_totals.state_code
