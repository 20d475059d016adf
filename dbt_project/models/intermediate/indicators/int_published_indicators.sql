-- The indicators of every state and cluster as they are published, on both bases of states: the rows of
-- cluster_indicators and cluster_indicators_harmonised. A value is null with its reason: the cell has no
-- factories, a denominator is zero or negative, a block is missing, disclosure control hides the cell, or a
-- ratio is too unreliable; an error also where the sample does not tell it (not_estimable).
-- Six decimals, two for rupees: digits after them would be those of the order of addition. Stars and
-- relatedness are of official states alone.
{% set quotients = quotient_measures() -%}
{%- set all_ratios = ratios().keys() | list + ['skill_premium'] -%}
{%- set quotient_totals = {
    'share_of_cluster': ['cluster'], 'share_of_state': ['state'], 'lq': ['state', 'cluster'],
} -%}
with cells as (
    select * from {{ ref('int_indicator_cells') }}
),

quartiles as (
    select * from {{ ref('int_factory_quartiles') }}
),

growth as (
    select * from {{ ref('int_indicator_growth') }}
),

errors as (
    select * from {{ ref('int_indicator_errors') }}
),

growth_errors as (
    select * from {{ ref('int_growth_errors') }}
),

rules as (
    {{ indicator_rules(['shown_error']) }}
),

deflators as (
    select * from {{ source('user', 'user_deflators') }}
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

stars as (
    select * from {{ ref('int_stars') }}
),

density as (
    select * from {{ ref('int_relatedness_density') }}
),

-- ratios that tell an amount of a single factory; that of a harmonised state is hidden with any of its
-- states', which would follow by subtraction
dominated as (
    {% for basis, state in [
        ('official', 'told.state_code'),
        ('harmonised', 'coalesce(harmonised.harmonised_state_code, told.state_code)'),
    ] -%}
    select
        '{{ basis }}' as state_basis,
        told.survey_year,
        {{ state }} as state_code,
        told.cluster_code,
        {% for ratio in telling_ratios() -%}
        min(case when told.figure = '{{ ratio }}' then told.status end) as {{ ratio }}
        {{- ',' if not loop.last }}
        {% endfor -%}
    from {{ ref('int_dominated_figures') }} as told
    left join {{ ref('states_harmonised') }} as harmonised on told.state_code = harmonised.state_code
    where told.domain = 'state_cluster'
    group by told.survey_year, {{ state }}, told.cluster_code
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

joined as (
    select
        cells.*,
        errors.factories_drawn,
        {% for name in quotients -%}
        {% for kind in quotient_totals -%}
        errors.{{ kind }}_{{ name }}_se as {{ kind }}_{{ name }}_error,
        errors.{{ kind }}_{{ name }}_lower,
        errors.{{ kind }}_{{ name }}_upper,
        {% endfor -%}
        {% endfor -%}
        {% for ratio in all_ratios -%}
        errors.{{ ratio }}_se as {{ ratio }}_error,
        errors.{{ ratio }}_rse,
        errors.{{ ratio }}_degrees,
        errors.{{ ratio }}_lower,
        errors.{{ ratio }}_upper,
        coalesce(errors.{{ ratio }}_rse > rules.shown_error, false) as {{ ratio }}_unreliable,
        {% endfor -%}
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
        growth_errors.{{ value }}_growth_se,
        growth_errors.{{ value }}_growth_lower,
        growth_errors.{{ value }}_growth_upper,
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
        {% for ratio in telling_ratios() -%}
        dominated.{{ ratio }} as {{ ratio }}_dominated,
        {% endfor -%}
        coalesce(growth.is_base_hidden, false) as is_base_hidden,
        coalesce(growth.is_base_cluster_hidden, false) as is_base_cluster_hidden
    from cells
    cross join rules
    inner join availability on cells.survey_year = availability.survey_year
    {% for name in ['errors', 'growth_errors'] -%}
    {{ 'inner' if name == 'errors' else 'left' }} join {{ name }}
        on cells.state_basis = {{ name }}.state_basis
        and cells.survey_year = {{ name }}.survey_year
        and cells.state_code = {{ name }}.state_code
        and cells.cluster_code = {{ name }}.cluster_code
    {% endfor -%}
    left join quartiles
        on cells.state_basis = quartiles.state_basis
        and cells.survey_year = quartiles.survey_year
        and cells.state_code = quartiles.state_code
        and cells.cluster_code = quartiles.cluster_code
    left join growth
        on cells.state_basis = growth.state_basis
        and cells.survey_year = growth.survey_year
        and cells.state_code = growth.state_code
        and cells.cluster_code = growth.cluster_code
    left join dominated
        on cells.state_basis = dominated.state_basis
        and cells.survey_year = dominated.survey_year
        and cells.state_code = dominated.state_code
        and cells.cluster_code = dominated.cluster_code
    left join deflators on cells.survey_year = deflators.survey_year
),

published as (
    select
        state_basis,
        survey_year,
        state_code,
        state_name,
        cluster_code,
        cluster_name,
        cluster_type,
        factories_sampled,
        factories_drawn,
        {% for name, measure in quotients.items() -%}
        {% for kind, totals in quotient_totals.items() -%}
        {% set shown = 'true' if name == 'units' else not_hidden(totals) -%}
        case when {{ shown }} then {{ kind }}_{{ name }} end as {{ kind }}_{{ name }},
        case when {{ shown }} then {{ kind }}_{{ name }}_error end as {{ kind }}_{{ name }}_se,
        case when {{ shown }} then {{ kind }}_{{ name }}_lower end as {{ kind }}_{{ name }}_lower,
        case when {{ shown }} then {{ kind }}_{{ name }}_upper end as {{ kind }}_{{ name }}_upper,
        {% endfor -%}
        {% endfor -%}
        {% set quotient_shown = not_hidden(quotient_totals['lq']) -%}
        case when {{ quotient_shown }} then (lq_employment - 1) / (lq_employment + 1) end
            as symmetric_lq_employment,
        {% for ratio in all_ratios -%}
        {% set family = ratio_families().get(ratio, 'production') -%}
        {% set shown = 'not production_hidden' ~ (
            ' and not ' ~ family ~ '_hidden' if family != 'production' else ''
        ) ~ (' and ' ~ ratio ~ '_dominated is null' if ratio in telling_ratios() else '') -%}
        {% set reliable = shown ~ ' and not ' ~ ratio ~ '_unreliable' -%}
        case when {{ reliable }} then {{ ratio }} end as {{ ratio }},
        case when {{ reliable }} then {{ ratio }}_error end as {{ ratio }}_se,
        case when {{ shown }} then {{ reliability_flag(ratio ~ '_rse') }} end as {{ ratio }}_flag,
        case when {{ shown }} then {{ ratio }}_degrees end as {{ ratio }}_degrees,
        case when {{ reliable }} then {{ ratio }}_lower end as {{ ratio }}_lower,
        case when {{ reliable }} then {{ ratio }}_upper end as {{ ratio }}_upper,
        {% endfor -%}
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
            else 'not production_hidden and not is_base_hidden' -%}
        case when {{ shown }} then {{ value }}_growth end as {{ value }}_growth,
        {% for part in ['se', 'lower', 'upper'] -%}
        case when {{ shown }} then {{ value }}_growth_{{ part }} end as {{ value }}_growth_{{ part }},
        {% endfor -%}
        case when {{ shown }} then {{ value }}_symmetric_growth end
            as {{ value }}_symmetric_growth,
        {% endfor -%}
        {% for part in ['national', 'mix', 'regional'] -%}
        case when not production_hidden and not is_base_hidden
            {{- ' and not cluster_hidden and not is_base_cluster_hidden' if part != 'national' }}
            then shift_share_{{ part }} end as shift_share_{{ part }},
        {% endfor -%}
        case when deflator is null then 'nominal' else 'constant_' || price_year end as price_basis,
        {% for value in ['gross_value_added', 'total_output', 'labour_productivity'] -%}
        case when not production_hidden
            {{- ' and not ' ~ value ~ '_unreliable' if value in ratios() }}
            then {{ value }} * 100.0 / deflator end as {{ value }}_constant,
        {% endfor -%}
        {% for value in ['gross_value_added', 'total_output'] -%}
        case when not production_hidden and not is_base_hidden
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
            else {{ null_reasons() }}
        end as null_reasons,
        is_synthetic
    from joined
)

select
    published.state_basis,
    published.survey_year,
    published.state_code,
    published.state_name,
    published.cluster_code,
    published.cluster_name,
    published.cluster_type,
    published.factories_sampled,
    published.factories_drawn,
    {% for name in quotients -%}
    {% for kind in quotient_totals -%}
    {% for part in ['', '_se', '_lower', '_upper'] -%}
    round(published.{{ kind }}_{{ name }}{{ part }}, 6) as {{ kind }}_{{ name }}{{ part }},
    {% endfor -%}
    {% endfor -%}
    {% endfor -%}
    round(published.lq_employment_lower, 6) as lq_employment_low,
    round(published.lq_employment_upper, 6) as lq_employment_high,
    round(published.symmetric_lq_employment, 6) as symmetric_lq_employment,
    {% for ratio in all_ratios -%}
    {% set digits = 2 if 'wage_per' in ratio or ratio in ['labour_productivity', 'capital_intensity']
        else 6 -%}
    round(published.{{ ratio }}, {{ digits }}) as {{ ratio }},
    round(published.{{ ratio }}_se, {{ digits }}) as {{ ratio }}_se,
    published.{{ ratio }}_flag,
    round(published.{{ ratio }}_degrees, 1) as {{ ratio }}_degrees,
    {{ significant('published.' ~ ratio ~ '_lower') }} as {{ ratio }}_lower,
    {{ significant('published.' ~ ratio ~ '_upper') }} as {{ ratio }}_upper,
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
    {% for part in ['se', 'lower', 'upper'] -%}
    round(published.{{ value }}_growth_{{ part }}, 6) as {{ value }}_growth_{{ part }},
    {% endfor -%}
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
    published.disclosure,
    published.hidden_measures,
    nullif(trim(published.null_reasons), '') as null_reason,
    published.is_synthetic
from published
left join stars
    on published.state_basis = 'official'
    and published.survey_year = stars.survey_year
    and published.state_code = stars.state_code
    and published.cluster_code = stars.cluster_code
left join density
    on published.state_basis = 'official'
    and published.survey_year = density.survey_year
    and published.state_code = density.state_code
    and published.cluster_code = density.cluster_code
