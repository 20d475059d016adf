{# The domains of the estimation engine that FACTS metrics are made for: a cluster in a state, and in a
   district where the release names it; and the columns that make one of their rows. #}
{% macro facts_domains() %}{{ return("('state_cluster', 'district_cluster')") }}{% endmacro %}

{% macro facts_cell() %}
    {{ return(['domain', 'survey_year', 'state_code', 'district_code', 'cluster_code']) }}
{% endmacro %}

{# The district of a factory; null where the release masks or lacks it. #}
{% macro district_of(relation) -%}
    case
        when {{ padded_code(relation ~ '.district_code', 2) }} not in ('', '00', '99')
            then {{ padded_code(relation ~ '.district_code', 2) }}
    end
{%- endmacro %}

{# rural or urban, empty where the return does not say. #}
{% macro sector_of(relation) -%}
    case
        when {{ relation }}.sector in ('1', '01') then 'rural'
        when {{ relation }}.sector in ('2', '02') then 'urban'
        else ''
    end
{%- endmacro %}

{# How many entries of a list in one cell (items of a recipe, NIC codes, past interventions) are read; a
   test fails where a list is longer. #}
{% macro most_entries() %}{{ return(20) }}{% endmacro %}
