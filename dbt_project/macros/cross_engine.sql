{# What DuckDB and Spark write differently, in one place. #}

{% macro type_double() %}{{ return(adapter.dispatch('type_double', 'locus')()) }}{% endmacro %}
{# dbt.type_float() is 32 bits wide on DuckDB #}
{% macro default__type_double() %}double{% endmacro %}

{# A sum that does not depend on the order of adding: the last bits of a floating-point sum would
   differ from run to run on several cores, and with them an edition from the same inputs. #}
{% macro exact_sum(expression, over='') -%}
    cast(
        sum(cast({{ expression }} as decimal(38, 8))){{ ' over (' ~ over ~ ')' if over }}
        as {{ type_double() }}
    )
{%- endmacro %}

{# An expression that ends the query with these words, for what no figure may be built on. #}
{% macro refuse(words) %}{{ return(adapter.dispatch('refuse', 'locus')(words)) }}{% endmacro %}

{% macro default__refuse(words) -%}
    raise_error({{ dbt.string_literal(dbt.escape_single_quotes(words)) }})
{%- endmacro %}

{% macro duckdb__refuse(words) -%}
    error({{ dbt.string_literal(dbt.escape_single_quotes(words)) }})
{%- endmacro %}

{# A file, or all that a pattern names, as a view of the schema `raw`. #}
{% macro raw_view(name, files) %}
    {{ return(adapter.dispatch('raw_view', 'locus')(name, files)) }}
{% endmacro %}

{% macro duckdb__raw_view(name, files) %}
    create or replace view raw.{{ name }} as
    select * from read_parquet(
        '{{ ((env_var('LOCUS_HOME', '') or '../data') ~ "/" ~ files) | replace("'", "''") }}',
        union_by_name = true, hive_partitioning = false
    )
{% endmacro %}
