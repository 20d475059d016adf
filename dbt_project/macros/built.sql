{#
  What the warehouse knows of what it built, by content: built.years of survey years of tables
  (by_survey_year.sql), built.nodes of whole nodes (locus_pipeline/warehouse/held.py). A node that a build
  is about to touch holds no more until it is found right, and then as what built.versions says that it is:
  those of the run that started the build. A build by hand has none.
#}
{% macro know_what_is_built() %}
    {% if execute and flags.WHICH in ['build', 'run', 'seed', 'test'] %}
        {% do run_query(
            'create schema if not exists built; '
            ~ 'create table if not exists built.years (model varchar, survey_year varchar, '
            ~ 'made_of varchar, content varchar, built_by varchar); '
            ~ 'create table if not exists built.nodes (node varchar, version varchar, built_by varchar); '
            ~ 'create table if not exists built.versions (node varchar, version varchar, run varchar)'
        ) %}
        {% do run_query(
            'delete from built.nodes where node in (' ~ quoted(selected_resources + ['']) ~ ')'
        ) %}
    {% endif %}
{% endmacro %}

{# After a build; a test that warns is asked again. #}
{% macro keep_what_is_right() %}
    {% if execute and flags.WHICH == 'build' %}
        {%- set right = results | selectattr('status', 'in', ['success', 'pass'])
            | map(attribute='node.unique_id') | list -%}
        {% do run_query(
            "insert into built.nodes select node, version, '" ~ invocation_id ~ "' from built.versions "
            ~ "where run = getvariable('locus_run') and node in (" ~ quoted(right + ['']) ~ ')'
        ) %}
    {% endif %}
{% endmacro %}
