-- What the sample is worth for each total of the country, a state or a cluster: how much larger its variance
-- is than that of a simple random sample of as many factories (design effect, Kish 1965), and how many
-- factories of such a sample would tell as much. Not of cells of states by clusters: with what they add, sums
-- of squares of hidden cells would follow. With the error of the total a design effect tells the sum of
-- squares over the factories, and so its largest one where that makes nearly half of them; and the squares
-- of all states are those of all clusters: where either has one that is hidden, the clusters alone are told.
--
-- The simple random sample is one without replacement of n factories, with s2 the weighted variance of one:
-- N^2 (1 - n / N) s2 / n, as in the package survey of R (svytotal, deff = TRUE), the design's own
-- variance over it. Degrees of freedom are those of the smoothed variance (int_estimate_errors).
{% set scopes = ['country', 'state', 'cluster'] -%}
{%- set key = ['scope', 'survey_year', 'state_code', 'cluster_code'] -%}
with factories as (
    select * from {{ ref('int_factory_domains') }}
    where domain in ('{{ scopes | join("', '") }}')
),

estimates as (
    select * from {{ ref('int_estimates') }}
    where domain in ('{{ scopes | join("', '") }}')
),

errors as (
    select * from {{ ref('int_estimate_errors') }}
    where domain in ('{{ scopes | join("', '") }}')
),

availability as (
    select * from {{ ref('int_measure_availability') }}
),

rules as (
    {{ indicator_rules(['quantile_factories']) }}
),

years as (
    {{ controlled_years() }}
),

hidden as (
    {{ hidden_lines(scopes) }}
),

sums as (
    select
        domain as scope,
        survey_year,
        state_code,
        cluster_code,
        cast(sum(case when stratum <> '' then 1 else 0 end) as bigint) as factories_drawn,
        cast(sum(case when stratum = '' then 1 else 0 end) as bigint) as factories_certain,
        {{ exact_sum('multiplier') }} as population,
        {% for measure in measures() -%}
        sum(multiplier * {{ measure }} * {{ measure }}) as {{ measure }}_squares,
        max(multiplier * {{ measure }} * {{ measure }}) as {{ measure }}_largest_square
        {{- ',' if not loop.last }}
        {% endfor -%}
    from factories
    group by domain, survey_year, state_code, cluster_code
),

{% for measure in measures() -%}
{{ measure }}_rows as (
    select
        sums.scope,
        sums.survey_year,
        sums.state_code,
        estimates.state_name,
        sums.cluster_code,
        estimates.cluster_name,
        '{{ measure }}' as measure,
        '{{ measure_family(measure) or '' }}' as family,
        sums.factories_drawn,
        sums.factories_certain,
        sums.population,
        estimates.{{ measure }}_variance as variance,
        sums.{{ measure }}_squares as squares,
        sums.{{ measure }}_largest_square as largest_square,
        errors.{{ measure }}_degrees as degrees_of_freedom,
        errors.is_certain,
        -- squares less those of the mean: what rounding leaves of none is none
        case
            when sums.{{ measure }}_squares - power(estimates.{{ measure }}_estimated, 2)
            / sums.population > 1e-9 * sums.{{ measure }}_squares
                then sums.{{ measure }}_squares
                - power(estimates.{{ measure }}_estimated, 2) / sums.population
            else 0.0
        end as spread,
        estimates.{{ measure }}_estimated is null as is_missing,
        estimates.is_synthetic
    from sums
    inner join estimates
        on sums.scope = estimates.domain
        and sums.survey_year = estimates.survey_year
        and sums.state_code = estimates.state_code
        and sums.cluster_code = estimates.cluster_code
    inner join errors
        on sums.scope = errors.domain
        and sums.survey_year = errors.survey_year
        and sums.state_code = errors.state_code
        and sums.cluster_code = errors.cluster_code
),

{% endfor -%}
stacked as (
    {% for measure in measures() -%}
    select * from {{ measure }}_rows
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

measured as (
    select
        *,
        factories_drawn + factories_certain as factories_sampled,
        -- N^2 (1 - n / N) s2 / n, s2 = spread / N * n / (n - 1)
        (population - factories_drawn - factories_certain) * spread
        / nullif(factories_drawn + factories_certain - 1, 0) as simple_variance
    from stacked
),

lines as (
    select
        measured.*,
        years.is_controlled,
        availability.null_reason as missing_reason,
        case
            when hidden.status is not null then hidden.status
            when not years.is_controlled or measured.family = '' then null
            when measured.factories_sampled < rules.quantile_factories then 'suppressed_secondary'
            -- the owner of the second largest, which is no larger, knows his own part of them
            when measured.squares
                < (1 + power(1 + {{ var('disclosure_protection') }}, 2)) * measured.largest_square
                then 'suppressed_secondary'
        end as own_status
    from measured
    cross join rules
    inner join years on measured.survey_year = years.survey_year
    left join availability
        on measured.survey_year = availability.survey_year
        and measured.measure = availability.measure
    left join hidden
        on measured.scope = hidden.scope
        and measured.survey_year = hidden.survey_year
        and measured.state_code = hidden.state_code
        and measured.cluster_code = hidden.cluster_code
        and measured.family = hidden.family
),

reasoned as (
    select
        lines.*,
        case
            when lines.is_missing then coalesce(lines.missing_reason, 'block_not_in_release')
            when lines.own_status is not null then lines.own_status
            when lines.scope <> 'cluster' and count(lines.own_status)
                over (partition by lines.survey_year, lines.measure) > 0
                then 'suppressed_secondary'
            when lines.is_certain then 'taken_whole'
            when lines.factories_drawn = 0 then 'not_estimable'
            when lines.factories_sampled < 2 or lines.spread = 0 then 'zero_denominator'
            when not lines.variance > 0 then 'not_estimable'
        end as null_reason
    from lines
)

select
    survey_year,
    scope,
    state_code,
    state_name,
    cluster_code,
    cluster_name,
    measure,
    factories_drawn,
    factories_certain,
    case when null_reason is null then round(variance / simple_variance, 3) end as design_effect,
    case when null_reason is null
        then round(factories_sampled * simple_variance / variance, 1) end as effective_sample_size,
    case
        when null_reason is null or null_reason not like 'suppressed%'
            then round(degrees_of_freedom, 1)
    end as degrees_of_freedom,
    case
        when not is_controlled then 'skipped_synthetic'
        when null_reason like 'suppressed%' then null_reason
        else 'none'
    end as disclosure,
    null_reason,
    is_synthetic
from reasoned
