{# How rows of the estimation engine and of the indicators become published tables. #}

{# The columns that the contract of the model names, in its order: what a thin mart takes from the model
   that holds its rows. #}
{% macro contract_columns() -%}
    {{ model.columns.keys() | join(',\n    ') }}
{%- endmacro %}

{# A published table of totals: the rows of a domain, a row for each of `keys`, with every measure, its
   error and its reliability, and what disclosure control hides. `columns` are keys and names,
   in the order of the table. #}
{% macro published_totals(domain, keys, columns) %}
with totals as (
    select * from {{ ref('int_estimates') }}
    where domain = '{{ domain }}' and state_basis = 'official'
),

errors as (
    select * from {{ ref('int_estimate_errors') }}
    where domain = '{{ domain }}' and state_basis = 'official'
),

gaps as (
    select * from {{ ref('int_survey_year_gaps') }}
),

years as (
    {{ controlled_years() }}
),

hidden as (
    {{ hidden_families([domain], keys) }}
)

select
    totals.survey_year,
    {% for column in columns -%}
    totals.{{ column }},
    {% endfor -%}
    totals.factories_sampled,
    errors.factories_drawn,
    {{ published_measures('totals', 'errors', 'hidden') }}
    nullif({{ not_estimable('totals', 'errors', 'hidden') }}, '') as not_estimable,
    {{ disclosure_columns(not_estimable('totals', 'errors', 'hidden')) }}
    gaps.missing_blocks,
    totals.is_synthetic
from totals
inner join errors
    on totals.survey_year = errors.survey_year
    {% for key in keys -%}
    and totals.{{ key }} = errors.{{ key }}
    {% endfor -%}
inner join gaps on totals.survey_year = gaps.survey_year
inner join years on totals.survey_year = years.survey_year
left join hidden
    on totals.survey_year = hidden.survey_year
    {% for key in keys -%}
    and totals.{{ key }} = hidden.{{ key }}
    {% endfor -%}
{% endmacro %}

{# The published columns of each measure: sums of the sample, estimates, and of these the relative
   standard errors, degrees of freedom and limits of int_estimate_errors, and flags by the convention of
   the Australian Bureau of Statistics: 25 % and more `*` use with caution, more than 50 % `**` too
   unreliable. A measure whose family is hidden in the row (see hidden_families) is null. #}
{% macro published_measures(totals, errors, hidden) %}
    {%- for measure in measures() %}
    {%- set shown = is_shown(measure, hidden) %}
    {%- set error = relative_error(totals, errors, measure) %}
    {%- for kind in ['actual', 'estimated'] %}
    case when {{ shown }} then {{ totals }}.{{ measure }}_{{ kind }} end as {{ measure }}_{{ kind }},
    {%- endfor %}
    case when {{ shown }} then round({{ error }}, 6) end as {{ measure }}_rse,
    case when {{ shown }} then {{ reliability_flag(error) }} end as {{ measure }}_flag,
    case when {{ shown }} then round({{ errors }}.{{ measure }}_degrees, 1) end as {{ measure }}_degrees,
    {%- for limit in ['lower', 'upper'] %}
    case when {{ shown }} then {{ significant(errors ~ '.' ~ measure ~ '_' ~ limit) }} end
        as {{ measure }}_{{ limit }},
    {%- endfor %}
    {%- endfor %}
{% endmacro %}

{% macro is_shown(measure, hidden) -%}
    {%- set family = measure_family(measure) -%}
    {{ 'coalesce(' ~ hidden ~ '.' ~ family ~ ', 0) = 0' if family else 'true' }}
{%- endmacro %}

{# Measures that are shown without an error, with blanks between. #}
{% macro not_estimable(totals, errors, hidden) -%}
    trim(
        {%- for measure in measures() %}
        case
            when {{ is_shown(measure, hidden) }}
                and {{ totals }}.{{ measure }}_estimated <> 0
                and {{ errors }}.{{ measure }}_smoothed_variance is null
                then ' {{ measure }}'
            else ''
        end {{- ' ||' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{% macro reliability_flag(error) -%}
    case when {{ error }} > 0.5 then '**' when {{ error }} >= 0.25 then '*'
        when {{ error }} is not null then '' end
{%- endmacro %}
