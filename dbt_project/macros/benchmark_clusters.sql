{#
  The benchmark table every rule reads: one row per NAICS version and code, with its cluster.

  By default the seed `benchmark_clusters`. A user who holds definitions of their own puts a CSV file
  with the same five columns at $LOCUS_HOME/definitions/benchmark_clusters.csv; Locus then names it in
  LOCUS_BENCHMARK_CLUSTERS, and no other model changes.
#}
{% macro benchmark_clusters() %}
    {%- set csv = env_var('LOCUS_BENCHMARK_CLUSTERS', '') -%}
    {%- if csv -%}
        {{ read_text_csv(csv) }}
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
