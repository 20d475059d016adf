-- 95 % limits and degrees of freedom of what FACTS recipes divide where the published tables have them:
-- totals and ratios of int_estimate_errors, shares and location quotients of int_indicator_errors, so that
-- a figure has one interval wherever it stands (docs/small-cells.md). Other recipes have theirs from their
-- own error (facts_asi_metrics).
{% set cell = facts_cell() | join(', ') -%}
with errors as (
    select * from {{ ref('int_estimate_errors') }}
    where domain in {{ facts_domains() }} and state_basis = 'official'
),

indicators as (
    select * from {{ ref('int_indicator_errors') }}
    where state_basis = 'official'
),

set_against as (
    select
        errors.survey_year,
        errors.state_code,
        errors.cluster_code,
        {% for name, measure in quotient_measures().items() -%}
        errors.{{ measure }}_degrees,
        {% for kind in ['share_of_state', 'lq'] -%}
        {% for limit in ['lower', 'upper'] -%}
        indicators.{{ kind }}_{{ name }}_{{ limit }},
        {% endfor -%}
        {% endfor -%}
        {% endfor -%}
        errors.domain,
        errors.district_code
    from errors
    inner join indicators
        on errors.domain = 'state_cluster'
        and errors.survey_year = indicators.survey_year
        and errors.state_code = indicators.state_code
        and errors.cluster_code = indicators.cluster_code
),

limits as (
    {% for measure in facts_single_totals() if measure in measures() -%}
    select
        {{ cell }},
        'total' as statistic,
        '{{ measure }}' as numerator,
        '' as denominator,
        {{ measure }}_degrees as degrees,
        {{ measure }}_lower as lower,
        {{ measure }}_upper as upper
    from errors

    union all

    {% endfor -%}
    {% for ratio, (numerator, denominator, positive) in ratios().items()
        if (numerator, denominator) in facts_pairs() -%}
    select
        {{ cell }},
        'ratio' as statistic,
        '{{ numerator }}' as numerator,
        '{{ denominator }}' as denominator,
        {{ ratio }}_degrees as degrees,
        {{ ratio }}_lower as lower,
        {{ ratio }}_upper as upper
    from errors

    union all

    {% endfor -%}
    {% for name, measure in quotient_measures().items() if measure in facts_parent_variables() -%}
    {% for statistic, kind in [('share', 'share_of_state'), ('quotient', 'lq')] -%}
    select
        {{ cell }},
        '{{ statistic }}' as statistic,
        '{{ measure }}' as numerator,
        '' as denominator,
        {{ measure }}_degrees as degrees,
        {{ kind }}_{{ name }}_lower as lower,
        {{ kind }}_{{ name }}_upper as upper
    from set_against
    {{ 'union all' if not loop.last }}
    {% endfor -%}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
)

select * from limits
