-- Small-area estimates beside the direct ones, for the measures that a model was shown to serve. They
-- never stand in for the direct estimate, and nothing is ranked by them.
with direct as (
    select * from {{ ref('cluster_state_year') }}
),

modelled as (
    select * from {{ ref('int_modelled_totals') }}
),

availability as (
    select
        survey_year,
        {% for measure in modelled_measures() -%}
        max(case when measure = '{{ measure }}' then null_reason end) as {{ measure }}
        {{- ',' if not loop.last }}
        {% endfor -%}
    from {{ ref('int_measure_availability') }}
    group by survey_year
)

select
    direct.survey_year,
    direct.state_code,
    direct.state_name,
    direct.cluster_code,
    direct.cluster_name,
    direct.cluster_type,
    direct.factories_sampled,
    modelled.factories_drawn,
    {% for measure in modelled_measures() -%}
    direct.{{ measure }}_estimated,
    direct.{{ measure }}_rse,
    {% for column in ['modelled', 'modelled_rmse', 'modelled_lower', 'modelled_upper'] -%}
    -- what is hidden or missing as a direct estimate is as a modelled one
    case when direct.{{ measure }}_estimated is not null then modelled.{{ measure }}_{{ column }} end
        as {{ measure }}_{{ column }},
    {% endfor -%}
    {% endfor -%}
    direct.disclosure,
    nullif(trim(
        {%- for measure in modelled_measures() %}
        {%- set reason = 'coalesce(availability.' ~ measure ~ ', modelled.' ~ measure ~ '_reason)' %}
        case when {{ reason }} <> '' then ' {{ measure }}: ' || {{ reason }} || ';' else '' end
        {{- ' ||' if not loop.last }}
        {%- endfor %}
    ), '') as null_reason,
    direct.is_synthetic
from direct
inner join modelled
    on direct.survey_year = modelled.survey_year
    and direct.state_code = modelled.state_code
    and direct.cluster_code = modelled.cluster_code
left join availability on direct.survey_year = availability.survey_year
