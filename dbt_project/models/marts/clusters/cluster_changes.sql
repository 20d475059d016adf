-- How far the totals of each cluster, state, and cluster in a state changed since the survey year before
-- in this edition, and from the first to the last, with what sampling leaves open. It reads published
-- tables alone: a change and the figure of one year tell that of the other, so what is hidden in either
-- year has none.
{% set grains = {
    'state_cluster': 'cluster_state_year', 'cluster': 'cluster_year', 'state': 'state_year',
} -%}
with years as (
    select
        survey_year,
        lag(survey_year) over (order by survey_year) as year_before,
        min(survey_year) over () as first_year,
        max(survey_year) over () as last_year
    from {{ source('asi', 'survey_years') }}
),

pairs as (
    select
        year_before as base_year,
        survey_year,
        'year_before' as span
    from years
    where year_before is not null
    union all
    select
        first_year as base_year,
        survey_year,
        'first_to_last' as span
    from years
    where survey_year = last_year and year_before > first_year
),

measures as (
    select * from {{ ref('int_measures') }}
),

breaks as (
    select * from {{ ref('definition_breaks') }}
),

break_kinds as (
    select
        pairs.base_year,
        pairs.survey_year,
        {% for kind in ['industry', 'design', 'frame'] -%}
        max(case when breaks.kind = '{{ kind }}' then ' {{ kind }}' else '' end)
        {{- ' || ' if not loop.last }}
        {% endfor -%} as kinds
    from pairs
    left join breaks
        on breaks.first_year > pairs.base_year
        and breaks.first_year <= pairs.survey_year
    group by pairs.base_year, pairs.survey_year
),

state_breaks as (
    select distinct
        pairs.base_year,
        pairs.survey_year,
        breaks.state_code
    from pairs
    inner join breaks
        on breaks.first_year > pairs.base_year
        and breaks.first_year <= pairs.survey_year
        and breaks.kind = 'state'
),

cells as (
    {% for grain, table in grains.items() -%}
    {% set grain_loop = loop -%}
    {% for measure in changing_measures() -%}
    {% set family = measure_family(measure) -%}
    select
        '{{ grain }}' as grain,
        survey_year,
        {{ "''" if grain == 'cluster' else 'state_code' }} as state_code,
        {{ 'cast(null as varchar)' if grain == 'cluster' else 'state_name' }} as state_name,
        {% for column, nothing in {
            'cluster_code': "''", 'cluster_name': 'cast(null as varchar)',
            'cluster_type': 'cast(null as varchar)',
        }.items() -%}
        {{ nothing if grain == 'state' else column }} as {{ column }},
        {% endfor -%}
        '{{ measure }}' as measure,
        {{ measure }}_estimated as estimated,
        {{ measure }}_rse as rse,
        {{ measure }}_lower as lower,
        {{ measure }}_upper as upper,
        disclosure,
        {% if family -%}
        (' ' || hidden_measures || ' ') like '% {{ family }} %' as is_hidden,
        {% else -%}
        false as is_hidden,
        {% endif -%}
        null_reason,
        is_synthetic
    from {{ ref(table) }}
    {{ 'union all' if not (loop.last and grain_loop.last) }}
    {% endfor -%}
    {% endfor %}
),

-- a cell that has factories in the sample of either year
places as (
    select distinct
        pairs.base_year,
        pairs.survey_year,
        pairs.span,
        cells.grain,
        cells.state_code,
        cells.cluster_code,
        cells.measure
    from pairs
    inner join cells on cells.survey_year in (pairs.base_year, pairs.survey_year)
),

compared as (
    select
        places.*,
        measures.unit,
        coalesce(now.state_name, base.state_name) as state_name,
        coalesce(now.cluster_name, base.cluster_name) as cluster_name,
        coalesce(now.cluster_type, base.cluster_type) as cluster_type,
        base.estimated as base_estimated,
        now.estimated,
        {{ cell_difference('base', 'now') }} as difference,
        {{ cell_difference_error('base', 'now') }} as difference_se,
        {{ cell_difference_lower('base', 'now') }} as difference_lower,
        {{ cell_difference_upper('base', 'now') }} as difference_upper,
        {{ cell_quotient_lower('base', 'now') }} as quotient_lower,
        {{ cell_quotient_upper('base', 'now') }} as quotient_upper,
        trim(
            break_kinds.kinds || case when state_breaks.state_code is not null then ' state' else '' end
        ) as definition_breaks,
        case
            when state_breaks.state_code is not null then 'definition_break'
            when now.is_hidden then now.disclosure
            when base.is_hidden then base.disclosure
            when now.grain is null then 'no_units'
            when base.grain is null then 'no_units_in_base_year'
            when now.estimated is null then now.null_reason
            when base.estimated is null then base.null_reason
        end as null_reason,
        coalesce(now.is_hidden, false) or coalesce(base.is_hidden, false) as is_hidden,
        coalesce(now.disclosure, base.disclosure) as disclosure,
        coalesce(now.is_synthetic, false) or coalesce(base.is_synthetic, false) as is_synthetic
    from places
    inner join measures on places.measure = measures.measure
    inner join break_kinds
        on places.base_year = break_kinds.base_year
        and places.survey_year = break_kinds.survey_year
    left join state_breaks
        on places.base_year = state_breaks.base_year
        and places.survey_year = state_breaks.survey_year
        and places.state_code = state_breaks.state_code
    {% for name, year in {'base': 'base_year', 'now': 'survey_year'}.items() -%}
    left join cells as {{ name }}
        on places.{{ year }} = {{ name }}.survey_year
        and places.grain = {{ name }}.grain
        and places.state_code = {{ name }}.state_code
        and places.cluster_code = {{ name }}.cluster_code
        and places.measure = {{ name }}.measure
    {% endfor %}
)

select
    survey_year,
    base_year,
    span,
    grain,
    state_code,
    state_name,
    cluster_code,
    cluster_name,
    cluster_type,
    measure,
    unit,
    base_estimated,
    estimated,
    case when null_reason is null then round(difference, 3) + 0 end as difference,
    case when null_reason is null and base_estimated > 0
        then round(100 * difference / base_estimated, 4) end as percent_change,
    {% for side in ['lower', 'upper'] -%}
    case when null_reason is null then round(100 * (quotient_{{ side }} - 1), 4) end as percent_{{ side }},
    {% endfor -%}
    coalesce(
        null_reason,
        case
            when base_estimated <= 0 then 'negative_base'
            when quotient_lower is null or quotient_upper is null then 'not_estimable'
        end
    ) as percent_null_reason,
    {% for column in ['difference_se', 'difference_lower', 'difference_upper'] -%}
    case when null_reason is null then round({{ column }}, 2) end as {{ column }},
    {% endfor -%}
    case
        when null_reason = 'definition_break' then 'not_comparable'
        when is_hidden then 'hidden'
        when null_reason is not null then 'not_estimable'
        else {{ cell_verdict('difference_lower', 'difference_upper') }}
    end as verdict,
    definition_breaks,
    case
        when is_hidden then null_reason
        when disclosure = 'skipped_synthetic' then disclosure
        else 'none'
    end as disclosure,
    coalesce(
        null_reason, case when difference_lower is null or difference_upper is null then 'not_estimable' end
    ) as null_reason,
    is_synthetic
from compared
