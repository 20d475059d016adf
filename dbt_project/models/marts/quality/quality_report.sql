-- How good the survey's figures are, for the country, each state, each cluster and each of their cells: what
-- became of the returns that were selected (status of unit, block A), how far the official number of
-- factories is met, what the census sector carries, how many lines could not be read, how many cells
-- disclosure control hides. After the quality reports of Eurostat (indicators A2 to A4: over-coverage, unit
-- non-response, imputation).
--
-- Rates are shares of what the returns stand for (multiplier). The census sector's share of employment is
-- given of whole states and clusters alone, to two digits, with enough factories on both sides, and where
-- no cell of them is hidden: a hidden cell that is all census sector would be what the others leave of it.
{% set outcomes = ['open', 'closed', 'deleted', 'non_response', 'previous_year', 'unknown'] -%}
{%- set scopes = ['country', 'state', 'cluster', 'state_cluster'] -%}
{%- set key = ['scope', 'survey_year', 'state_code', 'cluster_code'] -%}
with factories as (
    select * from {{ ref('factory') }}
),

assignment as (
    select * from {{ ref('int_nic_assignment') }}
),

strata as (
    select * from {{ ref('int_sampling_strata') }}
),

survey_years as (
    select * from {{ source('asi', 'survey_years') }}
),

status as (
    select * from {{ ref('asi_unit_status') }}
),

states as (
    select * from {{ ref('states') }}
),

former as (
    select * from {{ ref('state_former_names') }}
),

rules as (
    {{ indicator_rules(['quantile_factories']) }}
),

years as (
    {{ controlled_years() }}
),

hidden_lines as (
    {{ hidden_lines(['state', 'cluster']) }}
),

hidden_cells as (
    {{ hidden_families(['state_cluster'], ['state_code', 'cluster_code']) }}
),

official as (
    select
        survey_year,
        case when geography = 'all-india' then 'country' else 'state' end as scope,
        case when geography = 'all-india' then '' else geography end as state_code,
        computed_value / nullif(published_value, 0) as coverage
    from {{ ref('reconciliation') }}
    where variable = 'number_of_factories' and nic_division = ''
),

lines as (
    select
        survey_year,
        sum(rows_rejected) as rows_rejected,
        sum(rows_read) as rows_read
    from {{ ref('ingestion') }}
    group by survey_year
),

returns as (
    select
        factories.survey_year,
        coalesce(factories.state_code, '') as state_code,
        assignment.cluster_code,
        assignment.cluster_name,
        coalesce(status.outcome, 'unknown') as outcome,
        factories.is_open,
        factories.multiplier,
        strata.stratum is null as is_certain,
        factories.units,
        factories.total_employees,
        factories.is_synthetic
    from factories
    inner join assignment
        on factories.nic_version = assignment.nic_version
        and coalesce(factories.nic_return, '') = assignment.nic_return
        and coalesce(factories.nic_frame, '') = assignment.nic_frame
    inner join survey_years on factories.survey_year = survey_years.survey_year
    left join status
        on survey_years.status_codes = status.status_codes
        and factories.unit_status = status.unit_status
    left join strata
        on factories.survey_year = strata.survey_year
        and factories.factory_id = strata.factory_id
),

scoped as (
    {% for scope in scopes -%}
    select
        '{{ scope }}' as scope,
        survey_year,
        {{ 'state_code' if 'state' in scope else "''" }} as state_code,
        {{ 'cluster_code' if 'cluster' in scope else "''" }} as cluster_code,
        {{ 'cluster_name' if 'cluster' in scope else 'cast(null as ' ~ dbt.type_string() ~ ')' }}
            as cluster_name,
        outcome,
        is_open,
        multiplier,
        is_certain,
        units,
        total_employees,
        is_synthetic
    from returns
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

totals as (
    select
        {{ key | join(', ') }},
        max(cluster_name) as cluster_name,
        count(*) as returns_selected,
        {% for outcome in outcomes -%}
        sum(case when outcome = '{{ outcome }}' then 1 else 0 end) as returns_{{ outcome }},
        {{ exact_sum("case when outcome = '" ~ outcome ~ "' then multiplier else 0 end") }}
            as weight_{{ outcome }},
        {% endfor -%}
        {{ exact_sum('multiplier') }} as weight,
        sum(case when is_open and is_certain then 1 else 0 end) as factories_certain,
        sum(case when is_open and not is_certain then 1 else 0 end) as factories_drawn,
        {% for measure in ['units', 'total_employees'] -%}
        {{ exact_sum('case when is_open then ' ~ measure ~ ' * multiplier end') }} as {{ measure }},
        {{ exact_sum('case when is_open and is_certain then ' ~ measure ~ ' * multiplier else 0 end') }}
            as {{ measure }}_certain,
        {% endfor -%}
        max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from scoped
    group by {{ key | join(', ') }}
),

-- cells with open factories, and those of them that are hidden, of each line
cells as (
    select
        scopes.scope,
        totals.survey_year,
        case when scopes.by_state then totals.state_code else '' end as state_code,
        case when scopes.by_cluster then totals.cluster_code else '' end as cluster_code,
        count(*) as cells,
        sum(coalesce(hidden_cells.production, 0)) as cells_hidden
    from totals
    cross join (
        {% for scope in scopes -%}
        select
            '{{ scope }}' as scope,
            {{ 'true' if 'state' in scope else 'false' }} as by_state,
            {{ 'true' if 'cluster' in scope else 'false' }} as by_cluster
        {{ 'union all' if not loop.last }}
        {% endfor -%}
    ) as scopes
    left join hidden_cells
        on totals.survey_year = hidden_cells.survey_year
        and totals.state_code = hidden_cells.state_code
        and totals.cluster_code = hidden_cells.cluster_code
    where totals.scope = 'state_cluster' and totals.returns_open > 0
    group by 1, 2, 3, 4
),

joined as (
    select
        totals.*,
        coalesce(former.state_name, states.state_name) as state_name,
        official.coverage,
        cells.cells,
        cells.cells_hidden,
        case when totals.scope = 'country' then lines.rows_rejected end as rows_rejected,
        case when totals.scope = 'country' then lines.rows_read end as rows_read,
        years.is_controlled,
        -- a few returns say what became of single factories
        years.is_controlled and totals.returns_selected < {{ var('disclosure_factories') }} as is_few,
        case
            when totals.scope = 'state_cluster' then 'not_told_of_cells'
            when totals.total_employees is null then 'block_not_in_release'
            when hidden_lines.status is not null then hidden_lines.status
            when totals.scope <> 'country' and cells.cells_hidden > 0 then 'suppressed_secondary'
            when years.is_controlled and (
                totals.factories_certain between 1 and rules.quantile_factories - 1
                or totals.factories_drawn between 1 and rules.quantile_factories - 1
            ) then 'suppressed_secondary'
            when totals.total_employees = 0 then 'zero_denominator'
        end as employees_reason
    from totals
    cross join rules
    inner join years on totals.survey_year = years.survey_year
    left join states on totals.state_code = states.state_code
    left join former
        on totals.state_code = former.state_code
        and totals.survey_year <= former.last_survey_year
    left join official
        on totals.scope = official.scope
        and totals.survey_year = official.survey_year
        and totals.state_code = official.state_code
    left join cells
        on totals.scope = cells.scope
        and totals.survey_year = cells.survey_year
        and totals.state_code = cells.state_code
        and totals.cluster_code = cells.cluster_code
    left join lines on totals.survey_year = lines.survey_year
    left join hidden_lines
        on totals.scope = hidden_lines.scope
        and totals.survey_year = hidden_lines.survey_year
        and totals.state_code = hidden_lines.state_code
        and totals.cluster_code = hidden_lines.cluster_code
        and hidden_lines.family = 'production'
)

select
    survey_year,
    scope,
    state_code,
    state_name,
    cluster_code,
    cluster_name,
    returns_selected,
    {% for outcome in outcomes -%}
    case when not is_few then cast(returns_{{ outcome }} as bigint) end as returns_{{ outcome }},
    {% endfor -%}
    case when not is_few then round(weight_deleted / nullif(weight, 0), 6) end as over_coverage_rate,
    {% for rate, outcome in [
        ('closure', 'closed'), ('non_response', 'non_response'), ('substitution', 'previous_year'),
    ] -%}
    case when not is_few then round(weight_{{ outcome }} / nullif(weight - weight_deleted, 0), 6) end
        as {{ rate }}_rate,
    {% endfor -%}
    round(coverage, 6) as coverage,
    case when not is_few then round(units_certain / nullif(units, 0), 6) end as census_share_units,
    case when employees_reason is null then round(total_employees_certain / total_employees, 2) end
        as census_share_employment,
    round(rows_rejected * 1.0 / nullif(rows_read, 0), 6) as rejected_share,
    case when is_controlled then round(cells_hidden * 1.0 / cells, 6) end as hidden_cells_share,
    case
        when not is_controlled then 'skipped_synthetic'
        when is_few then 'suppressed_primary'
        when employees_reason like 'suppressed%' then employees_reason
        else 'none'
    end as disclosure,
    nullif(trim(
        case when is_few then ' rates: suppressed_primary;' else '' end
        || case when coverage is null then ' coverage: no_official_figure;' else '' end
        || case
            when coalesce(units, 0) = 0 and not is_few then ' census_share_units: zero_denominator;'
            else ''
        end
        || case
            when employees_reason is not null
                then ' census_share_employment: ' || employees_reason || ';'
            else ''
        end
        || case when scope <> 'country' then ' rejected_share: told_of_the_country;' else '' end
        || case
            when not is_controlled then ' hidden_cells_share: skipped_synthetic;'
            when cells is null then ' hidden_cells_share: zero_denominator;'
            else ''
        end
    ), '') as null_reason,
    is_synthetic
from joined
