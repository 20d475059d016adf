{# Families of measures that disclosure control hides together (seed asi_measures, a test compares):
   family -> money measures in which one factory must not dominate. Inside a family one measure may
   follow from others (value added from output and input), between families none does. #}
{% macro disclosure_families() %}
    {{ return({
        'production': ['total_output', 'total_input', 'total_employee_wages'],
        'capital': ['fixed_capital'],
        'working_capital': ['working_capital'],
        'loans': ['outstanding_loans'],
        'exports': ['exports'],
    }) }}
{% endmacro %}

{% macro measure_family(measure) %}
    {{ return({
        'units': none, 'fixed_capital': 'capital', 'invested_capital': 'capital',
        'working_capital': 'working_capital', 'outstanding_loans': 'loans', 'exports': 'exports',
    }.get(measure, 'production')) }}
{% endmacro %}

{# One row for each cell of a published table and family: how many factories, whether it must be hidden
   by itself (fewer than 3 factories, or one with 85 % and more of a money total), and its size. #}
{% macro disclosure_cells(relation, grain, keys) %}
    {%- set families = disclosure_families() %}
    {%- for family, dominated in families.items() %}
    select
        survey_year,
        '{{ family }}' as family,
        '{{ grain }}' as grain,
        {{ 'state_code' if 'state_code' in keys else "''" }} as state_code,
        {{ 'cluster_code' if 'cluster_code' in keys else "''" }} as cluster_code,
        {{ 'industry' if 'industry' in keys else "''" }} as industry,
        sum(multiplier) as size,
        count(*) < {{ var('disclosure_factories') }}
        {%- for measure in dominated %}
        or coalesce(
            max(abs({{ measure }}) * multiplier)
            >= {{ var('disclosure_dominance') }} * sum(abs({{ measure }}) * multiplier)
            and max(abs({{ measure }})) > 0, false
        )
        {%- endfor %} as is_primary
    from {{ relation }}
    group by survey_year{% for key in keys %}, {{ key }}{% endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}

{# Which families of a row are hidden, from int_disclosure or a table of its form: joined as `hidden`
   to a table's keys. #}
{% macro hidden_families(grain, keys, relation='int_disclosure') %}
    select
        survey_year,
        {% for key in keys -%}
        {{ key }},
        {% endfor -%}
        {% for family in disclosure_families() -%}
        max(case when family = '{{ family }}' then 1 else 0 end) as {{ family }},
        {% endfor -%}
        min(status) as status
    from {{ ref(relation) }}
    where grain = '{{ grain }}'
    group by survey_year{% for key in keys %}, {{ key }}{% endfor %}
{% endmacro %}

{# The columns of a row that say what disclosure control did; `hidden` as above, `years` with
   is_controlled. #}
{% macro disclosure_columns() %}
    case
        when not years.is_controlled then 'skipped_synthetic'
        else coalesce(hidden.status, 'none')
    end as disclosure,
    trim(
        {%- for family in disclosure_families() %}
        case when hidden.{{ family }} = 1 then ' {{ family }}' else '' end
        {{- ' ||' if not loop.last }}
        {%- endfor %}
    ) as hidden_measures,
    coalesce(gaps.null_reason, hidden.status) as null_reason,
{% endmacro %}

{# Survey years that disclosure control applies to: real ones, or with the variable
   disclosure_control = all synthetic ones too, or with none no year. #}
{% macro controlled_years() %}
    {%- set control = var('disclosure_control') %}
    {%- if control not in ['real', 'all', 'none'] -%}
        {{ exceptions.raise_compiler_error(
            "disclosure_control is '" ~ control ~ "': real, all or none is known"
        ) }}
    {%- endif %}
    select
        survey_year,
        {{ {'real': 'not is_synthetic', 'all': 'true', 'none': 'false'}[control] }} as is_controlled
    from {{ source('asi', 'survey_years') }}
{% endmacro %}
