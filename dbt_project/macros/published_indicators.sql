{# The indicators of every state and cluster, on one basis of states: the query of cluster_indicators
   and cluster_indicators_harmonised. A value is null with its reason: the cell has no factories, a
   denominator is zero or negative, a block is missing, or disclosure control hides the cell. Six
   decimals, two for rupees: digits after them would be those of the order of addition. #}
{% macro published_indicators(state_basis) %}
{%- set is_official = state_basis == 'official' -%}
{%- set family_of = {
    'capital_intensity': 'capital', 'effective_interest': 'loans',
} -%}
{%- set quotients = quotient_measures() -%}
{%- set quotient_totals = {
    'share_of_cluster': ['cluster'], 'share_of_state': ['state'], 'lq': ['state', 'cluster'],
} -%}
with cells as (
    select * from {{ ref('int_indicator_cells') }}
    where state_basis = '{{ state_basis }}'
),

quartiles as (
    select * from {{ ref('int_factory_quartiles') }}
    where state_basis = '{{ state_basis }}'
),

growth as (
    select * from {{ ref('int_indicator_growth') }}
    where state_basis = '{{ state_basis }}'
),

deflators as (
    select * from {{ source('user', 'user_deflators') }}
),

years as (
    {{ controlled_years() }}
),

availability as (
    select
        survey_year,
        {% for variable in ratio_variables() -%}
        max(case when variable = '{{ variable }}' then null_reason end) as {{ variable }}
        {{- ',' if not loop.last }}
        {% endfor -%}
    from {{ ref('int_variable_availability') }}
    group by survey_year
),

hidden_clusters as (
    {{ hidden_families('cluster', ['cluster_code']) }}
),

{% if is_official -%}
hidden as (
    {{ hidden_families('cell', ['state_code', 'cluster_code']) }}
),

hidden_states as (
    {{ hidden_families('state', ['state_code']) }}
),

stars as (
    select * from {{ ref('int_stars') }}
),

density as (
    select * from {{ ref('int_relatedness_density') }}
),
{%- else -%}
harmonised as (
    select * from {{ ref('states_harmonised') }}
),

-- a state that holds a hidden one is hidden: else the hidden one would follow by subtraction
{% for name, grain, keys in [
    ('hidden', 'cell', ['state_code', 'cluster_code']), ('hidden_states', 'state', ['state_code']),
] -%}
{{ name }} as (
    select
        official.survey_year,
        coalesce(harmonised.harmonised_state_code, official.state_code) as state_code,
        {{ 'official.cluster_code,' if 'cluster_code' in keys }}
        {% for family in disclosure_families() -%}
        max(official.{{ family }}) as {{ family }},
        {% endfor -%}
        min(official.status) as status
    from ({{ hidden_families(grain, keys) }}) as official
    left join harmonised on official.state_code = harmonised.state_code
    group by
        official.survey_year,
        coalesce(harmonised.harmonised_state_code, official.state_code)
        {{- ', official.cluster_code' if 'cluster_code' in keys }}
),
{% endfor -%}
{%- endif %}

joined as (
    select
        cells.*,
        {% for name in factory_values() -%}
        {% for quartile in ['p25', 'median', 'p75'] -%}
        quartiles.{{ name }}_{{ quartile }},
        {% endfor -%}
        {% endfor -%}
        growth.base_year,
        growth.span_years,
        growth.definition_breaks,
        growth.is_other_state,
        {% for value in growth_values() -%}
        growth.{{ value }}_growth,
        growth.{{ value }}_growth_se,
        growth.{{ value }}_symmetric_growth,
        {% endfor -%}
        growth.gross_value_added_growth_constant,
        growth.total_output_growth_constant,
        growth.shift_share_national,
        growth.shift_share_mix,
        growth.shift_share_regional,
        deflators.deflator,
        deflators.base_year as price_year,
        {% for variable in ratio_variables() -%}
        availability.{{ variable }} as {{ variable }}_reason,
        {% endfor -%}
        {% for family in disclosure_families() -%}
        coalesce(hidden.{{ family }}, 0) = 1 as {{ family }}_hidden,
        coalesce(hidden_base.{{ family }}, 0) = 1 as {{ family }}_base_hidden,
        {% endfor -%}
        hidden.status as hidden_status,
        coalesce(hidden_states.production, 0) = 1 as state_hidden,
        hidden_states.status as state_status,
        coalesce(hidden_clusters.production, 0) = 1 as cluster_hidden,
        hidden_clusters.status as cluster_status,
        coalesce(hidden_base_clusters.production, 0) = 1 as cluster_base_hidden,
        years.is_controlled
    from cells
    inner join years on cells.survey_year = years.survey_year
    inner join availability on cells.survey_year = availability.survey_year
    left join quartiles
        on cells.survey_year = quartiles.survey_year
        and cells.basis_state_code = quartiles.basis_state_code
        and cells.cluster_code = quartiles.cluster_code
    left join growth
        on cells.survey_year = growth.survey_year
        and cells.basis_state_code = growth.basis_state_code
        and cells.cluster_code = growth.cluster_code
    left join deflators on cells.survey_year = deflators.survey_year
    left join hidden
        on cells.survey_year = hidden.survey_year
        and cells.basis_state_code = hidden.state_code
        and cells.cluster_code = hidden.cluster_code
    left join hidden as hidden_base
        on growth.base_year = hidden_base.survey_year
        and cells.basis_state_code = hidden_base.state_code
        and cells.cluster_code = hidden_base.cluster_code
    left join hidden_states
        on cells.survey_year = hidden_states.survey_year
        and cells.basis_state_code = hidden_states.state_code
    left join hidden_clusters
        on cells.survey_year = hidden_clusters.survey_year
        and cells.cluster_code = hidden_clusters.cluster_code
    left join hidden_clusters as hidden_base_clusters
        on growth.base_year = hidden_base_clusters.survey_year
        and cells.cluster_code = hidden_base_clusters.cluster_code
),

published as (
    select
        survey_year,
        basis_state_code as state_code,
        basis_state_name as state_name,
        cluster_code,
        cluster_name,
        cluster_type,
        factories_sampled,
        {% for name, measure in quotients.items() -%}
        {% for kind, totals in quotient_totals.items() -%}
        {% set shown = 'true' if name == 'units' else not_hidden(totals) -%}
        case when {{ shown }} then {{ kind }}_{{ name }} end as {{ kind }}_{{ name }},
        case when {{ shown }} then {{ kind }}_{{ name }}_se end as {{ kind }}_{{ name }}_se,
        {% endfor -%}
        {% endfor -%}
        {% set quotient_shown = not_hidden(quotient_totals['lq']) -%}
        case when {{ quotient_shown }} and lq_employment > 0
            then lq_employment * exp(-1.96 * sqrt(greatest(lq_employment_relative, 0)))
        end as lq_employment_low,
        case when {{ quotient_shown }} and lq_employment > 0
            then lq_employment * exp(1.96 * sqrt(greatest(lq_employment_relative, 0)))
        end as lq_employment_high,
        case when {{ quotient_shown }} then (lq_employment - 1) / (lq_employment + 1) end
            as symmetric_lq_employment,
        {% for ratio in ratios() -%}
        {% set family = family_of.get(ratio, 'production') -%}
        {% set shown = 'not production_hidden' ~ (
            ' and not ' ~ family ~ '_hidden' if family != 'production' else ''
        ) -%}
        case when {{ shown }} then {{ ratio }} end as {{ ratio }},
        case when {{ shown }} then {{ ratio }}_se end as {{ ratio }}_se,
        {% endfor -%}
        case when not production_hidden then skill_premium end as skill_premium,
        case when not production_hidden then skill_premium_se end as skill_premium_se,
        {% for name in factory_values() -%}
        {% set shown = 'not production_hidden' ~ (
            ' and not capital_hidden' if 'capital' in name else ''
        ) -%}
        {% for quartile in ['p25', 'median', 'p75'] -%}
        case when {{ shown }} then {{ name }}_{{ quartile }} end as {{ name }}_{{ quartile }},
        {% endfor -%}
        {% endfor -%}
        base_year as growth_base_year,
        cast(span_years as bigint) as growth_span_years,
        definition_breaks,
        {% for value in growth_values() -%}
        {% set shown = 'true' if value == 'units'
            else 'not production_hidden and not production_base_hidden' -%}
        case when {{ shown }} then {{ value }}_growth end as {{ value }}_growth,
        case when {{ shown }} then {{ value }}_growth_se end as {{ value }}_growth_se,
        case when {{ shown }} then {{ value }}_symmetric_growth end
            as {{ value }}_symmetric_growth,
        {% endfor -%}
        {% for part in ['national', 'mix', 'regional'] -%}
        case when not production_hidden and not production_base_hidden
            {{- ' and not cluster_hidden and not cluster_base_hidden' if part != 'national' }}
            then shift_share_{{ part }} end as shift_share_{{ part }},
        {% endfor -%}
        case when deflator is null then 'nominal' else 'constant_' || price_year end as price_basis,
        {% for value in ['gross_value_added', 'total_output', 'labour_productivity'] -%}
        case when not production_hidden then {{ value }} * 100.0 / deflator end
            as {{ value }}_constant,
        {% endfor -%}
        {% for value in ['gross_value_added', 'total_output'] -%}
        case when not production_hidden and not production_base_hidden
            then {{ value }}_growth_constant end as {{ value }}_growth_constant,
        {% endfor -%}
        case
            when not is_controlled then 'skipped_synthetic'
            else coalesce(hidden_status, 'none')
        end as disclosure,
        trim(
            {% for family in disclosure_families() -%}
            case when {{ family }}_hidden then ' {{ family }}' else '' end
            {{- ' || ' if not loop.last }}
            {%- endfor %}
        ) as hidden_measures,
        case
            when factories_sampled = 0 then 'no_units'
            else {{ null_reasons(family_of) }}
        end as null_reasons,
        is_synthetic
    from joined
)

select
    published.survey_year,
    published.state_code,
    published.state_name,
    published.cluster_code,
    published.cluster_name,
    published.cluster_type,
    published.factories_sampled,
    {% for name in quotients -%}
    {% for kind in ['share_of_cluster', 'share_of_state', 'lq'] -%}
    round(published.{{ kind }}_{{ name }}, 6) as {{ kind }}_{{ name }},
    round(published.{{ kind }}_{{ name }}_se, 6) as {{ kind }}_{{ name }}_se,
    {% endfor -%}
    {% endfor -%}
    round(published.lq_employment_low, 6) as lq_employment_low,
    round(published.lq_employment_high, 6) as lq_employment_high,
    round(published.symmetric_lq_employment, 6) as symmetric_lq_employment,
    {% for ratio in ratios().keys() | list + ['skill_premium'] -%}
    {% set digits = 2 if 'wage_per' in ratio or ratio in ['labour_productivity', 'capital_intensity']
        else 6 -%}
    round(published.{{ ratio }}, {{ digits }}) as {{ ratio }},
    round(published.{{ ratio }}_se, {{ digits }}) as {{ ratio }}_se,
    {% endfor -%}
    {% for name in factory_values() -%}
    {% for quartile in ['p25', 'median', 'p75'] -%}
    round(published.{{ name }}_{{ quartile }}, 6) as {{ name }}_{{ quartile }},
    {% endfor -%}
    {% endfor -%}
    published.growth_base_year,
    published.growth_span_years,
    published.definition_breaks,
    {% for value in growth_values() -%}
    round(published.{{ value }}_growth, 6) as {{ value }}_growth,
    round(published.{{ value }}_growth_se, 6) as {{ value }}_growth_se,
    round(published.{{ value }}_symmetric_growth, 6) as {{ value }}_symmetric_growth,
    {% endfor -%}
    round(published.shift_share_national, 6) as shift_share_national,
    round(published.shift_share_mix, 6) as shift_share_mix,
    round(published.shift_share_regional, 6) as shift_share_regional,
    published.price_basis,
    round(published.gross_value_added_constant, 0) as gross_value_added_constant,
    round(published.total_output_constant, 0) as total_output_constant,
    round(published.labour_productivity_constant, 2) as labour_productivity_constant,
    round(published.gross_value_added_growth_constant, 6) as gross_value_added_growth_constant,
    round(published.total_output_growth_constant, 6) as total_output_growth_constant,
    {% if is_official -%}
    round(stars.dynamism_score, 6) as dynamism_score,
    stars.is_eligible,
    stars.star_reason,
    {% for star in ['size', 'specialisation', 'productivity', 'dynamism'] -%}
    stars.{{ star }}_star,
    stars.{{ star }}_star_prob,
    stars.{{ star }}_star_hollow,
    {% endfor -%}
    cast(stars.stars as bigint) as stars,
    stars.is_strong,
    round(density.relatedness_density, 6) as relatedness_density,
    {% endif -%}
    published.disclosure,
    published.hidden_measures,
    nullif(trim(published.null_reasons), '') as null_reason,
    published.is_synthetic
from published
{% if is_official -%}
left join stars
    on published.survey_year = stars.survey_year
    and published.state_code = stars.state_code
    and published.cluster_code = stars.cluster_code
left join density
    on published.survey_year = density.survey_year
    and published.state_code = density.state_code
    and published.cluster_code = density.cluster_code
{% endif -%}
{% endmacro %}

{# A figure of a cell that is set against totals: shown where the cell and they are. #}
{% macro not_hidden(totals) -%}
    not production_hidden{% for total in totals %} and not {{ total }}_hidden{% endfor %}
{%- endmacro %}

{# Variables that ratios are made of and that a year may lack. #}
{% macro ratio_variables() %}
    {%- set found = [] -%}
    {%- for numerator, denominator, positive in ratios().values() -%}
        {%- for variable in [numerator, denominator] -%}
            {%- if variable not in found and variable not in ['recent_factories', 'dated_factories'] -%}
                {%- do found.append(variable) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{# `indicator: reason` for everything that is null in the row, with blanks between. #}
{% macro null_reasons(family_of) %}
    {%- for ratio, (numerator, denominator, positive) in ratios().items() %}
    {%- set family = family_of.get(ratio, 'production') %}
    case
        {%- if ratio == 'new_unit_rate' %}
        when missing_years_of_production is not null then ' {{ ratio }}: block_not_in_release;'
        {%- else %}
        when {{ numerator }}_reason is not null then ' {{ ratio }}: ' || {{ numerator }}_reason || ';'
        when {{ denominator }}_reason is not null
            then ' {{ ratio }}: ' || {{ denominator }}_reason || ';'
        {%- endif %}
        when production_hidden or {{ family }}_hidden then ' {{ ratio }}: ' || hidden_status || ';'
        {%- if positive %}
        when {{ denominator }} < 0 then ' {{ ratio }}: negative_base;'
        {%- endif %}
        when {{ denominator }} = 0 then ' {{ ratio }}: zero_denominator;'
        else ''
    end ||
    {%- endfor %}
    case
        when production_hidden then ' shares: ' || hidden_status || ';'
        when state_hidden then ' share_of_state: ' || state_status || ';'
        else ''
    end ||
    case
        when cluster_hidden and not production_hidden
            then ' share_of_cluster: ' || cluster_status || ';'
        else ''
    end ||
    {%- for name, measure in quotient_measures().items() %}
    case
        when {{ measure }} is null then ''
        {%- if name != 'units' %}
        when production_hidden then ''
        when state_hidden then ' lq_{{ name }}: ' || state_status || ';'
        when cluster_hidden then ' lq_{{ name }}: ' || cluster_status || ';'
        {%- endif %}
        {#- what is never negative can only lack a total to be compared with #}
        {%- set no_quotient = 'negative_base' if measure == 'gross_value_added' else 'zero_denominator' %}
        when lq_{{ name }} is null then ' lq_{{ name }}: {{ no_quotient }};'
        else ''
    end ||
    {%- endfor %}
    case
        when base_year is null then ' growth: no_earlier_year;'
        when is_other_state then ' growth: definition_break;'
        when production_hidden or production_base_hidden then ' growth: suppressed;'
        else ''
    end
    || case when deflator is null then ' constant_prices: no_deflator;' else '' end
{% endmacro %}
