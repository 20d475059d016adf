{# What DuckDB and Spark write differently, in one place. #}

{% macro type_double() %}{{ return(adapter.dispatch('type_double', 'locus')()) }}{% endmacro %}
{# dbt.type_float() is 32 bits wide on DuckDB #}
{% macro default__type_double() %}double{% endmacro %}
