-- FACTS parameters from the survey: one row for each object, survey year, parameter and component (`total`
-- is the single figure). A value is null with its reason. Six decimals, two from a thousand on: digits
-- after them would be those of the order of addition.
{% set domain = facts_cell() -%}
{% set cell = domain | join(', ') -%}
with cells as (
    select * from {{ ref('int_facts_cells') }}
),

recipes as (
    select
        parameter_code,
        component,
        case component when 'total' then parameter_code else parameter_code || ' ' || component end
            as figure,
        statistic,
        numerator,
        coalesce(denominator, '') as denominator,
        factor,
        unit,
        ' ' || coalesce(disclosure_families, '') || ' ' as families
    from {{ ref('facts_asi_recipes') }}
),

availability as (
    select * from {{ ref('facts_asi_availability') }}
),

dominated as (
    select * from {{ ref('int_dominated_figures') }}
),

limits as (
    select * from {{ ref('int_facts_limits') }}
),

-- sampled factories less the strata that they are of
drawn as (
    select
        {{ cell }},
        count(*) - count(distinct stratum) as degrees
    from {{ ref('int_factory_domains') }}
    where domain in {{ facts_domains() }} and state_basis = 'official' and variance_scale > 0
    group by {{ cell }}
),

errors as (
    select * from {{ ref('int_estimate_errors') }}
    where domain in {{ facts_domains() }} and state_basis = 'official'
),

divided as (
    select
        {{ cell }},
        form,
        numerator,
        denominator,
        y,
        x,
        case when x > 0 then y / x end as quotient,
        case when x > 0 then sqrt(greatest(
            y_variance - 2 * y / x * covariance + y / x * y / x * x_variance, 0
        )) / x end as quotient_se
    from {{ ref('int_facts_estimates') }}
),

-- The share of each cluster in the country's persons engaged, taken as known in the error of a district's
-- location quotient.
national as (
    select
        clusters.survey_year,
        clusters.cluster_code,
        clusters.total_employees_estimated / nullif(country.total_employees_estimated, 0) as share
    from {{ ref('int_estimates') }} as clusters
    inner join {{ ref('int_estimates') }} as country
        on clusters.survey_year = country.survey_year
        and country.domain = 'country'
    where clusters.domain = 'cluster'
),

indicators as (
    select * from {{ ref('int_indicator_cells') }}
    where state_basis = 'official'
),

growth as (
    select * from {{ ref('int_facts_growth') }}
),

medians as (
    select * from {{ ref('int_facts_medians') }}
),

metrics as (
    select
        {% for column in domain -%}
        cells.{{ column }},
        {% endfor -%}
        cells.object_id,
        cells.factories_sampled,
        cells.is_synthetic,
        recipes.parameter_code,
        recipes.component,
        recipes.statistic,
        recipes.numerator,
        recipes.denominator,
        recipes.factor,
        recipes.unit,
        case
            when availability.null_reason is not null then availability.null_reason
            {% for family in disclosure_families() -%}
            when recipes.families like '% {{ family }} %' and cells.{{ family }}_hidden
                then cells.hidden_status
            {% endfor -%}
            when dominated.status is not null then dominated.status
            when recipes.statistic in ('share', 'quotient') and cells.parent_hidden
                then cells.parent_status
            when recipes.statistic = 'quotient' and cells.cluster_hidden then cells.cluster_status
        end as reason
    from cells
    cross join recipes
    inner join availability
        on cells.survey_year = availability.survey_year
        and recipes.parameter_code = availability.parameter_code
        and recipes.component = availability.component
    left join dominated
        on cells.domain = dominated.domain
        and cells.survey_year = dominated.survey_year
        and cells.state_code = dominated.state_code
        and cells.cluster_code = dominated.cluster_code
        and recipes.figure = dominated.figure
),

{% set keys -%}
    {% for column in domain -%}
    metrics.{{ column }} = divided.{{ column }}
        and {% endfor -%}
{%- endset -%}
ratios as (
    select
        metrics.*,
        case metrics.statistic
            when 'geometric_mean' then exp(divided.quotient)
            else divided.quotient * metrics.factor
        end as value,
        case metrics.statistic
            when 'geometric_mean' then exp(divided.quotient) * divided.quotient_se
            else divided.quotient_se * metrics.factor
        end as standard_error,
        limits.lower * metrics.factor as own_lower,
        limits.upper * metrics.factor as own_upper,
        limits.degrees as own_degrees,
        case metrics.statistic when 'geometric_mean' then 'national_median' end as value_basis,
        case
            when divided.x < 0 then 'negative_base'
            when divided.quotient is null then 'zero_denominator'
        end as own_reason
    from metrics
    inner join divided
        on {{ keys }}metrics.numerator = divided.numerator
        and metrics.denominator = divided.denominator
        and divided.form = case metrics.statistic when 'total' then 'total' else 'ratio' end
    left join limits
        on {{ keys | replace('divided.', 'limits.') }}metrics.statistic = limits.statistic
        and metrics.numerator = limits.numerator
        and metrics.denominator = limits.denominator
    where metrics.statistic in ('total', 'ratio', 'geometric_mean')
),

shares as (
    select
        metrics.*,
        -- losses elsewhere in the state or district make shares above one
        case when divided.y >= 0 and divided.y <= divided.x then divided.quotient end as value,
        divided.quotient_se as standard_error,
        limits.lower as own_lower,
        limits.upper as own_upper,
        limits.degrees as own_degrees,
        cast(null as varchar) as value_basis,
        case
            when divided.x < 0 or divided.y < 0 or divided.y > divided.x then 'negative_base'
            when divided.quotient is null then 'zero_denominator'
        end as own_reason
    from metrics
    inner join divided
        on {{ keys }}metrics.numerator = divided.numerator
        and divided.form = 'share'
    left join limits
        on {{ keys | replace('divided.', 'limits.') }}metrics.statistic = limits.statistic
        and metrics.numerator = limits.numerator
        and metrics.denominator = limits.denominator
    where metrics.statistic = 'share'
),

quotients as (
    select
        metrics.*,
        coalesce(indicators.lq_employment, divided.quotient / national.share) as value,
        coalesce(
            case when indicators.lq_employment = 0 then 0.0 else indicators.lq_employment_se end,
            divided.quotient_se / national.share
        ) as standard_error,
        limits.lower as own_lower,
        limits.upper as own_upper,
        limits.degrees as own_degrees,
        cast(null as varchar) as value_basis,
        case when divided.quotient is null or coalesce(national.share, 0) = 0
            then 'zero_denominator' end as own_reason
    from metrics
    inner join divided
        on {{ keys }}metrics.numerator = divided.numerator
        and divided.form = 'share'
    inner join national
        on metrics.survey_year = national.survey_year
        and metrics.cluster_code = national.cluster_code
    left join indicators
        on metrics.domain = 'state_cluster'
        and metrics.survey_year = indicators.survey_year
        and metrics.state_code = indicators.state_code
        and metrics.cluster_code = indicators.cluster_code
    left join limits
        on {{ keys | replace('divided.', 'limits.') }}metrics.statistic = limits.statistic
        and metrics.numerator = limits.numerator
        and metrics.denominator = limits.denominator
    where metrics.statistic = 'quotient'
),

-- a base of zero counts as a negative one: it has no factory that produced
grown as (
    select
        metrics.*,
        growth.value * metrics.factor as value,
        growth.standard_error * metrics.factor as standard_error,
        growth.value_lower * metrics.factor as own_lower,
        growth.value_upper * metrics.factor as own_upper,
        cast(null as {{ type_double() }}) as own_degrees,
        growth.value_basis,
        case
            when metrics.domain = 'district_cluster' then 'districts_not_linked'
            when growth.null_reason is not null then growth.null_reason
            when growth.base_year is null then 'no_earlier_year'
            when growth.base_reason is not null then growth.base_reason
            when growth.value is null then 'negative_base'
        end as own_reason
    from metrics
    left join growth
        on metrics.domain = 'state_cluster'
        and metrics.survey_year = growth.survey_year
        and metrics.state_code = growth.state_code
        and metrics.cluster_code = growth.cluster_code
        and metrics.numerator = growth.numerator
    where metrics.statistic = 'growth'
),

middles as (
    select
        metrics.*,
        cast(case metrics.statistic
            when 'median_age'
                then cast(substr(metrics.survey_year, 1, 4) as integer) + 1 - medians.median
            else medians.median
        end as {{ type_double() }}) as value,
        medians.median_se as standard_error,
        {% for limit, other in [('lower', 'upper'), ('upper', 'lower')] -%}
        cast(case metrics.statistic
            when 'median_age'
                then cast(substr(metrics.survey_year, 1, 4) as integer) + 1 - medians.median_{{ other }}
            else medians.median_{{ limit }}
        end as {{ type_double() }}) as own_{{ limit }},
        {% endfor -%}
        cast(medians.degrees as {{ type_double() }}) as own_degrees,
        cast(null as varchar) as value_basis,
        case when medians.median is null then 'too_few_factories' end as own_reason
    from metrics
    left join medians
        on {{ keys | replace('divided.', 'medians.') | trim }} metrics.statistic in ('median', 'median_age')
    where metrics.statistic in ('median', 'median_age')
),

together as (
    {% for statistic in ['ratios', 'shares', 'quotients', 'grown', 'middles'] -%}
    select * from {{ statistic }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

explained as (
    select
        together.*,
        coalesce(together.reason, together.own_reason) as null_reason,
        coalesce(errors.is_certain, false) as is_certain,
        coalesce(together.own_degrees, greatest(drawn.degrees, 1)) as degrees,
        together.numerator in (
            {% for name in facts_signed() -%}
            '{{ name }}'{{ ',' if not loop.last }}
            {% endfor %}
        ) as is_signed
    from together
    left join errors
        on {{ keys | replace('metrics.', 'together.') | replace('divided.', 'errors.') | trim }} true
    left join drawn
        on {{ keys | replace('metrics.', 'together.') | replace('divided.', 'drawn.') | trim }} true
),

bounded as (
    select
        *,
        case when null_reason is null then value end as shown_value,
        case when null_reason is null then {{ shown_error('value', 'standard_error') }} end
            as shown_error,
        {% for limit, sign in [('lower', '-'), ('upper', '+')] -%}
        case
            when is_certain then value
            when own_{{ limit }} is not null then own_{{ limit }}
            -- these have limits of their own, or none
            when statistic in ('growth', 'median', 'median_age') then null
            else {{ limit_of('value', 'standard_error', 'degrees', 'unit', 'is_signed', sign) }}
        end as value_{{ limit }}{{ ',' if not loop.last }}
        {% endfor %}
    from explained
),

estimable as (
    select
        *,
        shown_value is not null and (is_certain or shown_error > 0) as has_limits
    from bounded
)

select
    domain as object_type,
    object_id,
    survey_year as period,
    parameter_code,
    component,
    {{ shown_digits('shown_value') }} as value,
    unit,
    shown_error as standard_error,
    {{ shown_limits() }},
    case when shown_value is not null then value_basis end as value_basis,
    'asi_derived' as data_basis,
    null_reason,
    factories_sampled as sample_size,
    is_synthetic
from estimable
