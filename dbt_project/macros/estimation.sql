{# What the estimation engine (int_estimates) estimates, by the levels of the seed estimation_domains. #}

{# Columns that make a row of the engine; a key that a domain has not is empty. #}
{% macro domain_keys() %}
    {{ return([
        'domain', 'state_basis', 'survey_year', 'state_code', 'district_code', 'sector', 'cluster_code',
        'nic_version', 'nic_code', 'assignment_rule',
    ]) }}
{% endmacro %}

{# A key of the cell that a factory is in, of the domain in `domains`; `harmonised` are the states of those
   that stay the same in all years. #}
{% macro key_in_domain(key) -%}
    {%- set flag = {
        'state_code': 'by_state', 'district_code': 'by_district', 'sector': 'by_sector',
        'cluster_code': 'by_cluster',
    }.get(key, 'by_industry') -%}
    {%- set own = 'factories.' ~ key -%}
    {%- if key == 'state_code' -%}
        {%- set own = 'coalesce(harmonised.harmonised_state_code, factories.state_code)' -%}
    {%- endif -%}
    case when domains.{{ flag }} then {{ own }} else '' end as {{ key }}
{%- endmacro %}

{# Each has all that is estimated at the one before it. #}
{% macro estimation_levels() %}{{ return(['measures', 'ratios', 'recipes']) }}{% endmacro %}

{% macro estimated_variables(level) %}
    {%- set variables = measures() -%}
    {%- if level != 'measures' -%}
        {%- do variables.extend(ratio_parts()) -%}
    {%- endif -%}
    {%- if level == 'recipes' -%}
        {%- do variables.extend(facts_variables() | reject('in', variables) | list) -%}
    {%- endif -%}
    {{ return(variables) }}
{% endmacro %}

{# Variables that a factory has within its cell alone: whether it is of the cell's largest industry. #}
{% macro of_cells() %}{{ return(['largest_industry_factories']) }}{% endmacro %}

{# Pairs whose covariance is estimated. #}
{% macro estimated_pairs(level) %}
    {%- set pairs = covariance_pairs() if level != 'measures' else [] -%}
    {%- if level == 'recipes' -%}
        {%- do pairs.extend(facts_pairs() | reject('in', pairs) | list) -%}
    {%- endif -%}
    {{ return(pairs) }}
{% endmacro %}

{# The figures of a row, as domain_totals names them. #}
{% macro estimated_columns(level) %}
    {%- set columns = [] -%}
    {%- for variable in estimated_variables(level) -%}
        {%- if variable in measures() -%}
            {%- do columns.append(variable ~ '_actual') -%}
        {%- endif -%}
        {%- do columns.extend([variable ~ '_estimated', variable ~ '_variance']) -%}
    {%- endfor -%}
    {%- for one, other in estimated_pairs(level) -%}
        {%- do columns.append(one ~ '_' ~ other ~ '_covariance') -%}
    {%- endfor -%}
    {%- for measure in quotient_measures().values() if level != 'measures' -%}
        {%- do columns.append(measure ~ '_place_covariance') -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}
