{# The difference of two sums, without the last bits of large ones, in which the order of adding
   shows: persons and factories to the third decimal, money to the rupee; never minus zero. #}
{% macro difference(measure, expression) -%}
    round({{ expression }}, {{ 0 if measure == 'gross_value_added' else 3 }}) + 0
{%- endmacro %}
