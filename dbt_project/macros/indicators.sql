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

{# The values that make the dynamism score. #}
{% macro dynamism_values() %}
    {{ return(['total_employees', 'labour_productivity', 'wage_per_employee', 'units']) }}
{% endmacro %}

{# Totals that stars are given by, and each pair of them, as methods.indicators.star_errors names its
   covariance. #}
{% macro star_measures() %}
    {{ return(['total_employees', 'gross_value_added', 'total_employee_wages', 'units']) }}
{% endmacro %}

{% macro star_pairs() %}
    {%- set pairs = [] -%}
    {%- for one in star_measures() -%}
        {%- for other in star_measures()[loop.index0:] -%}
            {%- do pairs.append(one ~ '_by_' ~ other) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(pairs) }}
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
    {{ rules_of(ref('indicator_rules'), parameters) }}
{% endmacro %}

{# Parameters of the seed interval_rules as columns of one row. #}
{% macro interval_rules(parameters) %}
    {{ rules_of(ref('interval_rules'), parameters) }}
{% endmacro %}

{% macro rules_of(relation, parameters) %}
    select
        {% for parameter in parameters -%}
        max(case when parameter = '{{ parameter }}' then value end) as {{ parameter }}
        {{- ',' if not loop.last }}
        {% endfor -%}
    from {{ relation }}
{% endmacro %}

{# A figure of a cell that is set against totals: shown where the cell and they are. #}
{% macro not_hidden(totals) -%}
    not production_hidden{% for total in totals %} and not {{ total }}_hidden{% endfor %}
{%- endmacro %}

{# Variables that ratios are made of and that a year may lack. #}
{% macro ratio_variables() %}
    {%- set variables = [] -%}
    {%- for numerator, denominator, positive in ratios().values() -%}
        {%- for variable in [numerator, denominator] -%}
            {%- if variable not in variables and variable not in ['recent_factories', 'dated_factories'] -%}
                {%- do variables.append(variable) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(variables) }}
{% endmacro %}

{# Ratios that tell an amount which no table prints. #}
{% macro telling_ratios() %}
    {{ return(ratios().keys() | select('in', told_amounts()) | list) }}
{% endmacro %}

{# `indicator: reason` for everything that is null in the row, with blanks between. #}
{% macro null_reasons() %}
    {%- for ratio, (numerator, denominator, positive) in ratios().items() %}
    {%- set family = ratio_families()[ratio] %}
    case
        {%- if ratio == 'new_unit_rate' %}
        when missing_years_of_production is not null then ' {{ ratio }}: block_not_in_release;'
        {%- else %}
        when {{ numerator }}_reason is not null then ' {{ ratio }}: ' || {{ numerator }}_reason || ';'
        when {{ denominator }}_reason is not null
            then ' {{ ratio }}: ' || {{ denominator }}_reason || ';'
        {%- endif %}
        when production_hidden or {{ family }}_hidden then ' {{ ratio }}: ' || hidden_status || ';'
        {%- if ratio in telling_ratios() %}
        when {{ ratio }}_dominated is not null then ' {{ ratio }}: ' || {{ ratio }}_dominated || ';'
        {%- endif %}
        {%- if positive %}
        when {{ denominator }} < 0 then ' {{ ratio }}: negative_base;'
        {%- endif %}
        when {{ denominator }} = 0 then ' {{ ratio }}: zero_denominator;'
        when {{ ratio }}_unreliable then ' {{ ratio }}: unreliable;'
        when {{ ratio }} <> 0 and {{ ratio }}_error is null then ' {{ ratio }}_se: not_estimable;'
        else ''
    end ||
    {%- endfor %}
    case
        when production_hidden then ''
        when skill_premium_unreliable then ' skill_premium: unreliable;'
        when skill_premium <> 0 and skill_premium_error is null then ' skill_premium_se: not_estimable;'
        else ''
    end ||
    case
        when production_hidden then ' shares: ' || hidden_status || ';'
        when state_hidden then ' share_of_state: ' || state_status || ';'
        else ''
    end ||
    case
        when cluster_hidden and not production_hidden
            then ' share_of_cluster: ' || cluster_status || ';'
        else ''
    end ||
    {%- for name, measure in quotient_measures().items() %}
    case
        when {{ measure }} is null then ''
        {%- if name != 'units' %}
        when production_hidden then ''
        when state_hidden then ' lq_{{ name }}: ' || state_status || ';'
        when cluster_hidden then ' lq_{{ name }}: ' || cluster_status || ';'
        {%- endif %}
        {#- what is never negative can only lack a total to be compared with #}
        {%- set no_quotient = 'negative_base' if measure == 'gross_value_added' else 'zero_denominator' %}
        when lq_{{ name }} is null then ' lq_{{ name }}: {{ no_quotient }};'
        when lq_{{ name }} <> 0 and lq_{{ name }}_error is null then ' lq_{{ name }}_se: not_estimable;'
        else ''
    end ||
    {%- endfor %}
    case
        when base_year is null then ' growth: no_earlier_year;'
        when is_other_state then ' growth: definition_break;'
        when production_hidden or is_base_hidden then ' growth: suppressed;'
        else ''
    end
    || case when deflator is null then ' constant_prices: no_deflator;' else '' end
{% endmacro %}

{# Indices of int_resampled_indices of a `line` (cluster or state) as columns, by survey_year and code. #}
{% macro resampled(line, indices) %}
    select
        survey_year,
        code,
        {% for index in indices -%}
        {% for part in ['corrected', 'standard_error', 'lower', 'upper'] -%}
        max(case when index_name = '{{ index }}' then {{ part }} end)
            as {{ index }}_{{ 'se' if part == 'standard_error' else part }},
        {% endfor -%}
        max(case when index_name = '{{ index }}' then null_reason end) as {{ index }}_reason
        {{- ',' if not loop.last }}
        {% endfor -%}
    from {{ ref('int_resampled_indices') }}
    where line = '{{ line }}'
    group by survey_year, code
{% endmacro %}

{# These beside the index in `published`, which they are told with. #}
{% macro resampled_columns(indices) %}
    {%- for index in indices %}
    {%- for part in ['corrected', 'se', 'lower', 'upper'] %}
    case when published.{{ index }} is not null then round(resampled.{{ index }}_{{ part }}, 6) end
        as {{ index }}_{{ part }},
    {%- endfor %}
    {%- endfor %}
    nullif(trim(
        {%- for index in indices %}
        case
            when published.{{ index }} is not null and resampled.{{ index }}_reason <> ''
                then ' {{ index }}: ' || resampled.{{ index }}_reason || ';'
            else ''
        end{{ ' ||' if not loop.last }}
        {%- endfor %}
    ), '') as sampling_null_reason
{%- endmacro %}

{# Measures with a small-area estimate, in the order of methods.indicators.area_models, and the pairs
   whose products it needs. #}
{% macro modelled_measures() %}
    {{ return(['units', 'total_employees', 'total_employee_wages', 'gross_value_added']) }}
{% endmacro %}

{% macro modelled_pairs() %}
    {%- set pairs = [] -%}
    {%- for one in modelled_measures() -%}
        {%- for other in modelled_measures()[loop.index0:] -%}
            {%- do pairs.append((one, other)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(pairs) }}
{% endmacro %}
