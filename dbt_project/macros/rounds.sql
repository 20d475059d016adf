{# Whether disclosure control applies to a row of `relation` (variable disclosure_control). #}
{% macro round_disclosure(relation) -%}
    {%- set control = var('disclosure_control') -%}
    {%- if control not in ['real', 'all', 'none'] -%}
        {{ exceptions.raise_compiler_error(
            "disclosure_control is '" ~ control ~ "': real, all or none is known"
        ) }}
    {%- endif -%}
    {{ {'real': 'not ' ~ relation ~ '.is_synthetic', 'all': 'true', 'none': 'false'}[control] }}
{%- endmacro %}

{# How many entries of a list in one cell (items of a recipe, NIC codes, past interventions) are read; a
   test fails where a list is longer. #}
{% macro most_entries() %}{{ return(20) }}{% endmacro %}
