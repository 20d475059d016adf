{#
  What the warehouse knows of what it built, by content: built.years of survey years of tables
  (by_survey_year.sql), built.nodes of whole nodes (locus_pipeline/warehouse/held.py). A node that a build
  is about to touch holds no more until it is found right.
#}
{% macro know_what_is_built() %}
    {% if execute and flags.WHICH in ['build', 'run', 'seed', 'test'] %}
        {% do run_query('create schema if not exists built') %}
        {% do run_query(
            'create table if not exists built.years '
            ~ '(model varchar, survey_year varchar, made_of varchar, content varchar, built_by varchar)'
        ) %}
        {% do run_query('create table if not exists built.nodes (node varchar, version varchar)') %}
        {% do run_query(
            'delete from built.nodes where node in (' ~ quoted(selected_resources + ['']) ~ ')'
        ) %}
    {% endif %}
{% endmacro %}
