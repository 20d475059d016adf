{# Pairs of measures whose covariance the standard errors of ratios need: those of the ratios, and
   the six of the skill premium, which is a ratio of two ratios. #}
{% macro covariance_pairs() %}
    {%- set pairs = [
        ('skilled_worker_wages', 'production_worker_wages'),
        ('skilled_worker_wages', 'production_workers'),
        ('production_worker_wages', 'skilled_workers'),
        ('production_workers', 'skilled_workers'),
    ] -%}
    {%- for numerator, denominator, positive in ratios().values() -%}
        {%- do pairs.append((numerator, denominator)) -%}
    {%- endfor -%}
    {{ return(pairs) }}
{% endmacro %}

{# Measures with a location quotient: its short name -> measure. #}
{% macro quotient_measures() %}
    {{ return({
        'employment': 'total_employees', 'gross_value_added': 'gross_value_added',
        'wages': 'total_employee_wages', 'units': 'units',
    }) }}
{% endmacro %}

{# Values whose growth is reported, and the four that make the dynamism score. #}
{% macro growth_values() %}
    {{ return([
        'total_employees', 'units', 'gross_value_added', 'total_output', 'total_employee_wages',
        'labour_productivity', 'wage_per_employee',
    ]) }}
{% endmacro %}

{% macro dynamism_values() %}
    {{ return(['total_employees', 'labour_productivity', 'wage_per_employee', 'units']) }}
{% endmacro %}

{# Values of single factories whose weighted quartiles are reported: name -> expression. #}
{% macro factory_values() %}
    {{ return({
        'factory_size': 'total_employees',
        'factory_productivity':
            'case when total_employees > 0 then gross_value_added / total_employees end',
        'factory_capital_intensity':
            'case when total_employees > 0 then fixed_capital / total_employees end',
    }) }}
{% endmacro %}

{# Parameters of the seed indicator_rules as columns of one row. #}
{% macro indicator_rules(parameters) %}
    select
        {% for parameter in parameters -%}
        max(case when parameter = '{{ parameter }}' then value end) as {{ parameter }}
        {{- ',' if not loop.last }}
        {% endfor -%}
    from {{ ref('indicator_rules') }}
{% endmacro %}
