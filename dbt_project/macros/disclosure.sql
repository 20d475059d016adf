{# The family of a measure; none for what is never hidden. #}
{% macro measure_family(measure) %}
    {%- if measure not in measure_families() -%}
        {{ exceptions.raise_compiler_error(measure ~ ' is no measure of seeds/variables') }}
    {%- endif -%}
    {{ return(measure_families()[measure]) }}
{% endmacro %}

{# Which families of measures are hidden in the cells of these domains, from int_disclosure: joined as
   `hidden` to a table's keys. #}
{% macro hidden_families(domains, keys) %}
    select
        survey_year,
        {% for key in keys -%}
        {{ key }},
        {% endfor -%}
        {% for family in disclosure_families() -%}
        max(case when family = '{{ family }}' then 1 else 0 end) as {{ family }},
        {% endfor -%}
        min(status) as status
    from {{ ref('int_disclosure') }}
    where domain in ('{{ domains | join("', '") }}')
    group by survey_year{% for key in keys %}, {{ key }}{% endfor %}
{% endmacro %}

{# What is hidden of the rows of these domains: a row for each line and family, with the reason. #}
{% macro hidden_lines(domains) %}
    select
        domain as scope,
        survey_year,
        state_code,
        cluster_code,
        family,
        min(status) as status
    from {{ ref('int_disclosure') }}
    where domain in ('{{ domains | join("', '") }}')
    group by domain, survey_year, state_code, cluster_code, family
{% endmacro %}

{# Codes of which some industry is hidden in a survey year: a total over states of theirs is hidden
   too. `is_of_return` keeps the factories that the code of the return places. #}
{% macro hidden_codes(is_of_return) %}
    select distinct
        survey_year,
        nic_version,
        nic_code,
        1 as is_hidden
    from {{ ref('int_disclosure') }}
    where domain = 'state_industry' and family = 'production'
        {%- if is_of_return %}
        and assignment_rule = 'code of the return'
        {%- endif %}
{% endmacro %}

{# `value` as the published tables tell it: what is hidden of a line is shared out over its hidden
   cells by their numbers of factories, so that whatever is computed from it tells nothing more. #}
{% macro shared_out(value, hidden, units, line) -%}
    case
        when {{ hidden }}
            then sum(case when {{ hidden }} then {{ value }} else 0 end) over (partition by {{ line }})
            * {{ units }}
            / nullif(
                sum(case when {{ hidden }} then {{ units }} else 0 end) over (partition by {{ line }}), 0
            )
        else {{ value }}
    end
{%- endmacro %}

{# What disclosure control did to a row: `status` of what is hidden in it. #}
{% macro disclosure_status(status) -%}
    case
        when not years.is_controlled then 'skipped_synthetic'
        else coalesce({{ status }}, 'none')
    end
{%- endmacro %}

{# The columns of a row that say what disclosure control did; `hidden` as above, `years` with
   is_controlled; `not_estimable` names what has no error. #}
{% macro disclosure_columns(not_estimable) %}
    {{ disclosure_status('hidden.status') }} as disclosure,
    trim(
        {%- for family in disclosure_families() %}
        case when hidden.{{ family }} = 1 then ' {{ family }}' else '' end
        {{- ' ||' if not loop.last }}
        {%- endfor %}
    ) as hidden_measures,
    coalesce(
        gaps.null_reason, hidden.status, case when {{ not_estimable }} <> '' then 'not_estimable' end
    ) as null_reason,
{% endmacro %}

{# Survey years that disclosure control applies to: real ones, or with the variable
   disclosure_control = all synthetic ones too, or with none no year. #}
{% macro controlled_years() %}
    {%- set control = var('disclosure_control') %}
    {%- if control not in ['real', 'all', 'none'] -%}
        {{ exceptions.raise_compiler_error(
            "disclosure_control is '" ~ control ~ "': real, all or none is known"
        ) }}
    {%- endif %}
    select
        survey_year,
        {{ {'real': 'not is_synthetic', 'all': 'true', 'none': 'false'}[control] }} as is_controlled
    from {{ source('asi', 'survey_years') }}
{% endmacro %}

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

{# Amounts of money that no table prints for themselves and that a FACTS parameter from the survey or a ratio
   of cluster_indicators tells, because what stands on its other side is printed (revenue is a total), or
   follows: gross sales from exports over the exported share, current assets and liabilities from working
   capital and their ratio; or is nearly one that is printed: basic materials are most of the materials, mean
   loans near those at the end of the year. Ratios of two amounts neither of which a figure gives tell none
   (electricity, plant and machinery), nor do logs. A figure is a parameter, or with a blank its component;
   of components that add up to a printed figure each tells the others too. #}
{% macro told_amounts() %}
    {{ return({
        'CP11': ['revenue'],
        'CU04': ['principal_sales'],
        'CU08 direct_workers': ['wages_direct_workers', 'wages_contract_workers'],
        'CU08 contract_workers': ['wages_direct_workers', 'wages_contract_workers'],
        'CU11': ['work_given_out'],
        'CU11 given_out': ['work_given_out'],
        'CU11 taken_in': ['work_taken_in', 'gross_sales'],
        'CV06': ['gross_sales'],
        'HB08': ['transport_expenses'],
        'HB08 inward': ['transport_inward', 'transport_outward', 'transport_expenses'],
        'HB08 outward': ['transport_inward', 'transport_outward', 'transport_expenses'],
        'HF03': ['interest_of_borrowers', 'loans_of_borrowers'],
        'HF06': ['current_assets', 'current_liabilities'],
        'HR02': ['imported_materials', 'basic_materials'],
        'HR05': ['raw_material_stocks'],
        'RP10': ['subsidies'],
        'SH07': ['social_charges'],
        'SH07 provident_fund': ['provident_and_other_funds', 'welfare_expenses', 'social_charges'],
        'SH07 welfare': ['provident_and_other_funds', 'welfare_expenses', 'social_charges'],
        'ST01': ['research_expenses'],
        'ST04': ['gross_value_of_addition_to_fixed_capital'],
        'effective_interest': ['interest_paid'],
        'import_share': ['imported_materials'],
    }) }}
{% endmacro %}
