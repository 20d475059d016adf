{# Codes keep their leading zeros: releases that store them as numbers lose them, or print `9.0`. #}
{% macro padded_code(column, width) -%}
    case
        when {{ column }} like '%.0'
            then lpad(substr({{ column }}, 1, length({{ column }}) - 2), {{ width }}, '0')
        when length({{ column }}) < {{ width }} then lpad(upper({{ column }}), {{ width }}, '0')
        else upper({{ column }})
    end
{%- endmacro %}

{# A factory within its survey year, in a staging model with the import CTEs `source` and `years`.
   Where the release's key repeats within the year (panel release to 2007-08), the multiplier tells
   the factories apart: every block of that release carries it. #}
{% macro factory_id() -%}
    case
        when years.unique_key then source.factory_key
        else source.factory_key || '/' || coalesce(cast(source.multiplier as {{ dbt.type_string() }}), '')
    end
{%- endmacro %}

{% macro without_exact_copies(relation) %}
{# Only releases whose key repeats hold exact copies of records; elsewhere an item may well appear in
   two equal rows of one factory. #}
select * from {{ relation }} where unique_key
union all
select distinct * from {{ relation }} where not unique_key
{% endmacro %}

{% macro amount(column) -%}
    coalesce(cast({{ column }} as {{ type_double() }}), 0)
{%- endmacro %}
