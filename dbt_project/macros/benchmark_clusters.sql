{#
  The benchmark table every rule reads: one row per NAICS version and code, with its cluster.

  By default the seed `benchmark_clusters`. A user who holds definitions of their own names a CSV
  file under $LOCUS_HOME with the same five columns, for example
      dbt build --vars '{benchmark_clusters_csv: definitions/my_clusters.csv}'
  and no other model changes.
#}
{% macro benchmark_clusters() %}
    {%- set csv = var('benchmark_clusters_csv', '') -%}
    {%- if csv -%}
        {%- if csv.startswith('/') or '..' in csv.split('/') -%}
            {{ exceptions.raise_compiler_error(
                "benchmark_clusters_csv is '" ~ csv ~ "': give the path of a CSV file below "
                ~ "$LOCUS_HOME, without '..', for example definitions/my_clusters.csv"
            ) }}
        {%- endif -%}
        {{ read_text_csv(env_var('LOCUS_HOME') ~ '/' ~ csv) }}
    {%- else -%}
        {{ ref('benchmark_clusters') }}
    {%- endif -%}
{% endmacro %}

{# A CSV file with a header as a table whose columns are all text #}
{% macro read_text_csv(path) -%}
    {{ return(adapter.dispatch('read_text_csv', 'locus')(path)) }}
{%- endmacro %}

{% macro duckdb__read_text_csv(path) -%}
    read_csv(
        {{ dbt.string_literal(dbt.escape_single_quotes(path)) }}, header = true, all_varchar = true
    )
{%- endmacro %}
