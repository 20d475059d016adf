{# The measures, in the order of the seed asi_measures (a test compares the two). #}
{% macro measures() %}
    {{ return([
        'units', 'production_workers', 'skilled_workers', 'total_employees',
        'production_worker_wages', 'skilled_worker_wages', 'total_employee_wages',
        'total_output', 'total_input', 'gross_value_added',
    ]) }}
{% endmacro %}

{# Each measure as it is in the sample (actual) and weighted by the multiplier (estimated). #}
{% macro measure_totals() %}
    {%- for measure in measures() %}
    sum({{ measure }}) as {{ measure }}_actual,
    sum({{ measure }} * multiplier) as {{ measure }}_estimated{{ "," if not loop.last }}
    {%- endfor %}
{% endmacro %}

{% macro measure_columns() %}
    {%- for measure in measures() %}
    {{ measure }}_actual,
    {{ measure }}_estimated{{ "," if not loop.last }}
    {%- endfor %}
{% endmacro %}
