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
    {%- set value = errors ~ '.' ~ measure ~ '_' ~ limit %}
    {#- of factories, what was seen is there; limits of shares keep the whole distance #}
    {%- if limit == 'lower' and not measure_family(measure) %}
        {%- set value = 'case when ' ~ value ~ ' < ' ~ totals ~ '.' ~ measure ~ '_actual then '
            ~ totals ~ '.' ~ measure ~ '_actual else ' ~ value ~ ' end' %}
    {%- endif %}
    case when {{ shown }} then {{ significant('(' ~ value ~ ')') }} end
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

{# Totals of the open factories by survey year and cluster, and by the code of the return where it
   placed the factory: what a class or the frame placed stays where it is, without a code. #}
{% macro totals_by_code(measures) %}
    select
        survey_year,
        nic_version,
        case when assignment_rule = 'code of the return' then nic_code end as nic_code,
        cluster_code,
        {% for measure in measures -%}
        {{ exact_sum(measure ~ ' * multiplier') }} as {{ measure }},
        {% endfor -%}
        max(case when is_synthetic then 1 else 0 end) as synthetic
    from {{ ref('int_open_factory') }}
    group by
        survey_year,
        nic_version,
        case when assignment_rule = 'code of the return' then nic_code end,
        cluster_code
{% endmacro %}

{# The rest of a table of modelled totals, after the rows `direct` of the published direct estimates. #}
{% macro modelled_beside_direct(state_basis) %}
modelled as (
    select * from {{ ref('int_modelled_totals') }}
    where state_basis = '{{ state_basis }}'
),

availability as (
    select
        survey_year,
        {% for measure in modelled_measures() -%}
        max(case when measure = '{{ measure }}' then null_reason end) as {{ measure }}
        {{- ',' if not loop.last }}
        {% endfor -%}
    from {{ ref('int_measure_availability') }}
    group by survey_year
)

select
    direct.survey_year,
    direct.state_code,
    direct.state_name,
    direct.cluster_code,
    direct.cluster_name,
    direct.cluster_type,
    direct.factories_sampled,
    modelled.factories_drawn,
    {% for measure in modelled_measures() -%}
    direct.{{ measure }}_estimated,
    direct.{{ measure }}_rse,
    {% for column in ['modelled', 'modelled_rmse', 'modelled_lower', 'modelled_upper'] -%}
    -- what is hidden or missing as a direct estimate is as a modelled one
    case when direct.{{ measure }}_estimated is not null then modelled.{{ measure }}_{{ column }} end
        as {{ measure }}_{{ column }},
    {% endfor -%}
    {% endfor -%}
    direct.disclosure,
    nullif(trim(
        {%- for measure in modelled_measures() %}
        {%- set reason = 'coalesce(availability.' ~ measure ~ ', modelled.' ~ measure ~ '_reason)' %}
        case when {{ reason }} <> '' then ' {{ measure }}: ' || {{ reason }} || ';' else '' end
        {{- ' ||' if not loop.last }}
        {%- endfor %}
    ), '') as null_reason,
    direct.is_synthetic
from direct
inner join modelled
    on direct.survey_year = modelled.survey_year
    and direct.state_code = modelled.state_code
    and direct.cluster_code = modelled.cluster_code
left join availability on direct.survey_year = availability.survey_year
{% endmacro %}
