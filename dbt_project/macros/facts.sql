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

{# Amounts of money that no table prints for themselves and that a parameter from the survey tells, because
   what stands on its other side is printed (revenue is a total), or follows: gross sales from exports over
   the exported share, current assets and liabilities from working capital and their ratio. Ratios of two
   amounts neither of which a FACTS parameter or a total gives tell none (electricity, imported materials,
   plant and machinery, interest), nor do logs. #}
{% macro told_amounts() %}
    {{ return({
        'CP11': ['revenue'],
        'CU04': ['principal_sales'],
        'CU11': ['work_given_out'],
        'CV06': ['gross_sales'],
        'HB08': ['transport_expenses'],
        'HF06': ['current_assets', 'current_liabilities'],
        'HR05': ['raw_material_stocks'],
        'RP10': ['subsidies'],
        'SH07': ['social_charges'],
        'ST01': ['research_expenses'],
        'ST04': ['gross_value_of_addition_to_fixed_capital'],
    }) }}
{% endmacro %}
