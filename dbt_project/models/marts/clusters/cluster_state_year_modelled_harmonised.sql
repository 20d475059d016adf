-- The same in states that stay the same in all years: states that split or merged are one. What holds a
-- hidden cell of an official state is hidden.
with estimates as (
    select * from {{ ref('int_estimates') }}
    where domain = 'state_cluster' and state_basis = 'harmonised'
),

errors as (
    select * from {{ ref('int_estimate_errors') }}
    where domain = 'state_cluster' and state_basis = 'harmonised'
),

cells as (
    select * from {{ ref('int_indicator_cells') }}
    where state_basis = 'harmonised'
),

direct as (
    select
        estimates.survey_year,
        estimates.state_code,
        estimates.state_name,
        estimates.cluster_code,
        estimates.cluster_name,
        estimates.cluster_type,
        estimates.factories_sampled,
        {% for measure in modelled_measures() -%}
        {% set family = measure_family(measure) -%}
        {% set shown = 'not cells.' ~ family ~ '_hidden' if family else 'true' -%}
        case when {{ shown }} then estimates.{{ measure }}_estimated end as {{ measure }}_estimated,
        case when {{ shown }} then round({{ relative_error('estimates', 'errors', measure) }}, 6) end
            as {{ measure }}_rse,
        {% endfor -%}
        case when cells.is_controlled then coalesce(cells.hidden_status, 'none') else 'skipped_synthetic' end
            as disclosure,
        estimates.is_synthetic
    from estimates
    inner join errors
        on estimates.survey_year = errors.survey_year
        and estimates.state_code = errors.state_code
        and estimates.cluster_code = errors.cluster_code
    inner join cells
        on estimates.survey_year = cells.survey_year
        and estimates.state_code = cells.state_code
        and estimates.cluster_code = cells.cluster_code
),

{{ modelled_beside_direct('harmonised') }}
