{# The values of these columns of a row as one text, for a test that says what breaks a rule. #}
{% macro values_of(columns) -%}
    {%- for column in columns -%}
        coalesce(cast({{ column }} as varchar), 'null')
        {%- if not loop.last %} || ', ' || {% endif -%}
    {%- endfor -%}
{%- endmacro %}
