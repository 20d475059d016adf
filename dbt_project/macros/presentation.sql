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
    {{ published_measures('totals', 'hidden') }}
    {{ disclosure_columns() }}
    gaps.missing_blocks,
    totals.is_synthetic
from totals
inner join gaps on totals.survey_year = gaps.survey_year
inner join years on totals.survey_year = years.survey_year
left join hidden
    on totals.survey_year = hidden.survey_year
    {% for key in keys -%}
    and totals.{{ key }} = hidden.{{ key }}
    {% endfor -%}
{% endmacro %}

{# The four published columns of each measure from estimates and variances: sums of the sample,
   estimates, relative standard errors, and flags by the convention of the Australian Bureau of
   Statistics: 25 % and more `*` use with caution, more than 50 % `**` too unreliable. A measure whose
   family is hidden in the row (see hidden_families) is null. #}
{% macro published_measures(relation, hidden) %}
    {%- for measure in measures() %}
    {%- set family = measure_family(measure) %}
    {%- set shown = 'coalesce(' ~ hidden ~ '.' ~ family ~ ', 0) = 0' if family else 'true' %}
    {%- set error = relative_error(relation ~ '.' ~ measure) %}
    {%- for kind in ['actual', 'estimated'] %}
    case when {{ shown }} then {{ relation }}.{{ measure }}_{{ kind }} end as {{ measure }}_{{ kind }},
    {%- endfor %}
    case when {{ shown }} then round({{ error }}, 6) end as {{ measure }}_rse,
    case when {{ shown }} then {{ reliability_flag(error) }} end as {{ measure }}_flag,
    {%- endfor %}
{% endmacro %}

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
