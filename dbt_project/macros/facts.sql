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

{# A 95 % limit of a figure by Student's t: on the logit for shares, on the logarithm for what can't be
   below zero, else symmetric (docs/small-cells.md). Nothing for a share of 0 or 1. #}
{% macro limit_of(value, error, degrees, unit, is_signed, sign) -%}
    {%- set half = student_quantile(degrees) ~ ' * ' ~ error -%}
    {%- set minus = '-' if sign == '-' else '' -%}
    {%- set plus = '' if sign == '-' else '-' -%}
    case
        when {{ unit }} = 'share' and not {{ is_signed }}
            then case when {{ value }} > 0 and {{ value }} < 1
                then 1 / (1 + (1 - {{ value }}) / {{ value }} * exp({{ plus }}{{ capped(
                    half ~ ' / ' ~ value ~ ' / (1 - ' ~ value ~ ')'
                ) }}))
            end
        when not {{ is_signed }}
            then case when {{ value }} > 0
                then {{ value }} * exp({{ minus }}{{ capped(half ~ ' / ' ~ value) }}) end
        else {{ value }} {{ sign }} {{ half }}
    end
{%- endmacro %}

{# Limits, degrees of freedom and, where a sampled figure has none, the reason: columns of facts_metrics from
   value_lower, value_upper, degrees, is_certain, shown_value and has_limits. #}
{% macro shown_limits(error_is_hidden='false') -%}
    case when has_limits then {{ shown_digits('value_lower') }} end as value_lower,
    case when has_limits then {{ shown_digits('value_upper') }} end as value_upper,
    case when has_limits and not is_certain then round(degrees, 1) end as degrees_of_freedom,
    case
        when shown_value is null or (has_limits and value_lower is not null) then null
        when {{ error_is_hidden }} then 'suppressed_primary'
        else 'not_estimable'
    end as error_reason
{%- endmacro %}

{# Upper sides of FACTS recipes that may be negative. #}
{% macro facts_signed() %}
    {{ return(signed_measures() + ['operating_surplus', 'productivity_residual']) }}
{% endmacro %}
