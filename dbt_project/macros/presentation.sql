{# The columns that the contract of the model names, in its order: what a thin mart takes from the model
   that holds its rows. #}
{% macro contract_columns() -%}
    {{ model.columns.keys() | join(',\n    ') }}
{%- endmacro %}
