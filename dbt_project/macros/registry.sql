{#
  Tables of the registry that the user keeps as CSV files in $LOCUS_HOME/registry, both optional;
  Locus checks them before dbt runs (locus_pipeline/registry.py) and names those that are there in
  LOCUS_REGISTRY_INTERVENTIONS and LOCUS_REGISTRY_AGENCIES. Without a file the table is empty.
#}
{% macro registry_interventions() %}
    {{ registry_table(
        'LOCUS_REGISTRY_INTERVENTIONS',
        ['cluster_id', 'agency_code', 'scheme', 'intervention_type', 'status', 'first_year',
         'last_year', 'amount_lakh', 'report_on_file', 'source', 'is_synthetic'],
    ) }}
{% endmacro %}

{% macro registry_agencies() %}
    {{ registry_table(
        'LOCUS_REGISTRY_AGENCIES',
        ['agency_code', 'agency_name', 'agency_group', 'work', 'area_codes', 'source',
         'is_synthetic'],
    ) }}
{% endmacro %}

{% macro registry_table(variable, columns) %}
    {%- set csv = env_var(variable, '') -%}
    {%- if csv -%}
    select {{ columns | join(', ') }} from {{ read_text_csv(csv) }}
    {%- else -%}
    select
        {% for column in columns -%}
        cast(null as {{ dbt.type_string() }}) as {{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    where 1 = 0
    {%- endif -%}
{% endmacro %}
