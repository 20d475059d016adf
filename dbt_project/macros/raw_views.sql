{# Shows the raw Parquet as views of the schema `raw`, so that staging reads them as plain sources
   and anybody can open the warehouse and look. Runs before every build. #}
{% macro create_raw_views() %}
    {% if execute and var('benchmark_clusters_csv', none) is not none %}
        {{ exceptions.raise_compiler_error(
            'benchmark_clusters_csv is no variable of this project: put your table at '
            ~ 'LOCUS_HOME/definitions/benchmark_clusters.csv and use `locus run` '
            ~ '(docs/definitions.md)'
        ) }}
    {% endif %}
    {% if execute and flags.WHICH in ['build', 'run', 'test', 'seed', 'run-operation'] %}
        {% do run_query('create schema if not exists raw') %}
        {% for letter in 'abcdefghij' %}
            {% do run_query(raw_view('block_' ~ letter, 'raw/block_' ~ letter ~ '/**/*.parquet')) %}
        {% endfor %}
        {% do run_query(raw_view('rejected_rows', 'raw/rejected_rows/**/*.parquet')) %}
        {% for table in [
            'ingestion', 'survey_years', 'row_roles', 'record_quality', 'edition', 'user_tables',
            'user_benchmark_clusters', 'user_deflators', 'user_interventions', 'user_agencies',
            'user_selection_weights', 'user_selection_quotas', 'user_poverty_lines', 'user_plan',
            'user_plan_costs'
        ] %}
            {% do run_query(raw_view(table, 'raw/catalogue/' ~ table ~ '.parquet')) %}
        {% endfor %}
        {% for table in [
            'rounds', 'round_clusters', 'round_strata', 'round_units', 'round_answers',
            'round_entries', 'round_rejected', 'round_warnings', 'round_intake'
        ] %}
            {% do run_query(raw_view(table, 'rounds/' ~ table ~ '/*.parquet')) %}
        {% endfor %}
    {% endif %}
{% endmacro %}
