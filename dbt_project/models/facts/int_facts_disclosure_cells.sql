-- Cells of districts by clusters for disclosure control, one table for each state and survey year: here
-- `survey_year` names both and `state_code` the district. Its margins are the district's total and the
-- state's cell; the latter is hidden here where it is hidden among the states.
{% set money = [] -%}
{%- for measures in disclosure_families().values() -%}
    {%- do money.extend(measures) -%}
{%- endfor -%}
with years as (
    {{ controlled_years() }}
),

factories as (
    select
        open_factories.survey_year || '/' || open_factories.state_code as survey_year,
        {{ district_of('open_factories') }} as state_code,
        open_factories.cluster_code,
        {% for measure in money -%}
        open_factories.{{ measure }},
        {% endfor -%}
        open_factories.multiplier
    from {{ ref('int_open_factory') }} as open_factories
    inner join years on open_factories.survey_year = years.survey_year
    where years.is_controlled
),

in_districts as (
    select * from factories where state_code is not null
),

in_their_states as (
    select factories.*
    from factories
    inner join (select distinct survey_year from in_districts) as tables
        on factories.survey_year = tables.survey_year
),

hidden as (
    select distinct
        survey_year || '/' || state_code as survey_year,
        family,
        cluster_code
    from {{ ref('int_disclosure') }}
    where grain = 'cell'
),

state_cells as (
    {{ disclosure_cells('in_their_states', 'cluster', ['cluster_code']) }}
)

{{ disclosure_cells('in_districts', 'cell', ['state_code', 'cluster_code']) }}
union all
{{ disclosure_cells('in_districts', 'state', ['state_code']) }}
union all
select
    state_cells.survey_year,
    state_cells.family,
    state_cells.grain,
    state_cells.state_code,
    state_cells.cluster_code,
    state_cells.industry,
    state_cells.size,
    state_cells.is_primary or hidden.family is not null as is_primary
from state_cells
left join hidden
    on state_cells.survey_year = hidden.survey_year
    and state_cells.family = hidden.family
    and state_cells.cluster_code = hidden.cluster_code
