{# Rows of one sheet of the registry, a column for each cell that is asked for, with the round that
   tells them and its place by age among the rounds that have such rows of the cluster (1 the newest).
   `numbers` are numbers, `texts` codes and texts. #}
{% macro registry_rows(sheet_kind, texts, numbers=[]) %}
    select
        round,
        period,
        agency,
        cluster_id,
        entry,
        age,
        {% for item in texts -%}
        max(case when item = '{{ item }}' then text_value end) as {{ item }},
        {% endfor -%}
        {% for item in numbers -%}
        max(case when item = '{{ item }}' then value end) as {{ item }},
        {% endfor -%}
        is_synthetic
    from {{ ref('int_registry_entries') }}
    where sheet_kind = '{{ sheet_kind }}'
    group by round, period, agency, cluster_id, entry, age, is_synthetic
{% endmacro %}

{# The state in a cluster's identifier, IN-33-...: known also where no round describes the cluster. #}
{% macro state_of_cluster(column) %}substr({{ column }}, 4, 2){% endmacro %}
