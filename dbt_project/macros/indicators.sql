{# Parts of ratios that are no published measures. #}
{% macro ratio_parts() %}
    {{ return(['contract_workers', 'mandays_paid', 'imported_materials', 'interest_paid']) }}
{% endmacro %}

{# Ratios of estimated totals: name -> numerator, denominator, and whether the denominator must be
   positive. Source: methodology note on indicators, R1 to R10. #}
{% macro ratios() %}
    {{ return({
        'labour_productivity': ('gross_value_added', 'total_employees', false),
        'wage_per_employee': ('total_employee_wages', 'total_employees', false),
        'wage_per_manday_paid': ('total_employee_wages', 'mandays_paid', false),
        'wage_per_production_worker': ('production_worker_wages', 'production_workers', false),
        'wage_per_skilled_worker': ('skilled_worker_wages', 'skilled_workers', false),
        'skill_share': ('skilled_workers', 'total_employees', false),
        'capital_intensity': ('fixed_capital', 'total_employees', false),
        'wage_share': ('total_employee_wages', 'gross_value_added', true),
        'value_added_ratio': ('gross_value_added', 'total_output', false),
        'contract_share': ('contract_workers', 'production_workers', false),
        'average_size': ('total_employees', 'units', false),
        'fuel_intensity': ('fuels_consumed', 'total_output', false),
        'import_share': ('imported_materials', 'materials_consumed', false),
        'effective_interest': ('interest_paid', 'outstanding_loans', false),
    }) }}
{% endmacro %}

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
