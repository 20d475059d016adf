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

{# The survey years whose raw data differ from what the factory table holds; on a full build, all. #}
{% macro changed_survey_years() %}
    {% if not execute or flags.WHICH == 'compile' %}{{ return(['']) }}{% endif %}
    {% set query %}
        select survey_year from {{ source('asi', 'survey_years') }}
        {% if is_incremental() %}
        except
        select years.survey_year
        from {{ source('asi', 'survey_years') }} as years
        inner join (select distinct survey_year, raw_version from {{ this }}) as built
            on years.survey_year = built.survey_year and years.raw_version = built.raw_version
        {% endif %}
    {% endset %}
    {% set years = run_query(query).columns[0].values() | list %}
    {{ return(years if years else ['none']) }}
{% endmacro %}
