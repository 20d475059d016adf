-- Shares, location quotients and ratios of every state and cluster with their standard errors; also of
-- cells without factories, whose share and quotient are true zeros: the state was surveyed. Totals of
-- states, clusters and the country are sums over cells, and so are their variances: a stratum lies in one
-- state, so V(state) is the sum of its cells' covariances with it.
-- The country is all factories of the survey, mapped and unmapped. Beside the figures stands what
-- disclosure control hides of each cell and of the totals that it is set against.
{% set variables = measures() + ratio_parts() %}
{% set cell = 'partition by state_basis, survey_year' %}
with cells as (
    select * from {{ ref('int_estimates') }}
    where domain = 'state_cluster'
),

years as (
    select * from {{ source('asi', 'survey_years') }}
),

controlled as (
    {{ controlled_years() }}
),

hidden_clusters as (
    {{ hidden_families(['cluster'], ['cluster_code']) }}
),

-- a harmonised state that holds a hidden one is hidden: else the hidden one would follow by subtraction
{% for name, domain, keys in [
    ('hidden', 'state_cluster', ['state_code', 'cluster_code']),
    ('hidden_states', 'state', ['state_code']),
] -%}
official_{{ name }} as (
    {{ hidden_families([domain], keys) }}
),

{{ name }} as (
    {% for basis, state in [
        ('official', 'official.state_code'),
        ('harmonised', 'coalesce(harmonised.harmonised_state_code, official.state_code)'),
    ] -%}
    select
        '{{ basis }}' as state_basis,
        official.survey_year,
        {{ state }} as state_code,
        {{ 'official.cluster_code,' if 'cluster_code' in keys }}
        {% for family in disclosure_families() -%}
        max(official.{{ family }}) as {{ family }},
        {% endfor -%}
        min(official.status) as status
    from official_{{ name }} as official
    left join {{ ref('states_harmonised') }} as harmonised
        on official.state_code = harmonised.state_code
    group by
        official.survey_year, {{ state }}{{ ', official.cluster_code' if 'cluster_code' in keys }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

{% endfor -%}
states as (
    select
        state_basis,
        survey_year,
        state_code,
        max(state_name) as state_name,
        max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from cells
    group by state_basis, survey_year, state_code
),

clusters as (
    select
        state_basis,
        survey_year,
        cluster_code,
        max(cluster_name) as cluster_name,
        max(cluster_type) as cluster_type
    from cells
    group by state_basis, survey_year, cluster_code
),

grid as (
    select
        states.state_basis,
        states.survey_year,
        states.state_code,
        states.state_name,
        clusters.cluster_code,
        clusters.cluster_name,
        clusters.cluster_type,
        years.blocks,
        coalesce(cells.factories_sampled, 0) as factories_sampled,
        {% for variable in variables -%}
        {% for part in ['estimated', 'variance'] -%}
        case
            when max(cells.{{ variable }}_estimated) over (
                partition by states.state_basis, states.survey_year
            ) is not null
                then coalesce(cells.{{ variable }}_{{ part }}, 0)
        end as {{ variable }}{{ '_variance' if part == 'variance' }},
        {% endfor -%}
        {% endfor -%}
        {% for one, other in covariance_pairs() -%}
        cells.{{ one }}_{{ other }}_covariance,
        {% endfor -%}
        {% for name, measure in quotient_measures().items() -%}
        case
            when max(cells.{{ measure }}_estimated) over (
                partition by states.state_basis, states.survey_year
            ) is not null
                then coalesce(cells.{{ measure }}_place_covariance, 0)
        end as {{ measure }}_state_covariance,
        {% endfor -%}
        {% for family in disclosure_families() -%}
        coalesce(hidden.{{ family }}, 0) = 1 as {{ family }}_hidden,
        {% endfor -%}
        hidden.status as hidden_status,
        coalesce(hidden_states.production, 0) = 1 as state_hidden,
        hidden_states.status as state_status,
        coalesce(hidden_clusters.production, 0) = 1 as cluster_hidden,
        hidden_clusters.status as cluster_status,
        controlled.is_controlled,
        states.is_synthetic
    from states
    inner join clusters
        on states.state_basis = clusters.state_basis
        and states.survey_year = clusters.survey_year
    inner join years on states.survey_year = years.survey_year
    left join cells
        on states.state_basis = cells.state_basis
        and states.survey_year = cells.survey_year
        and states.state_code = cells.state_code
        and clusters.cluster_code = cells.cluster_code
    inner join controlled on states.survey_year = controlled.survey_year
    left join hidden
        on states.state_basis = hidden.state_basis
        and states.survey_year = hidden.survey_year
        and states.state_code = hidden.state_code
        and clusters.cluster_code = hidden.cluster_code
    left join hidden_states
        on states.state_basis = hidden_states.state_basis
        and states.survey_year = hidden_states.survey_year
        and states.state_code = hidden_states.state_code
    left join hidden_clusters
        on states.survey_year = hidden_clusters.survey_year
        and clusters.cluster_code = hidden_clusters.cluster_code
),

margins as (
    select
        *,
        {% for name, y in quotient_measures().items() -%}
        sum({{ y }}) over ({{ cell }}, state_code) as {{ y }}_state,
        sum({{ y }}) over ({{ cell }}, cluster_code) as {{ y }}_cluster,
        min({{ y }}) over ({{ cell }}, cluster_code) as {{ y }}_least,
        sum({{ y }}) over ({{ cell }}) as {{ y }}_country,
        sum({{ y }}_state_covariance) over ({{ cell }}, state_code) as {{ y }}_state_variance,
        sum({{ y }}_variance) over ({{ cell }}, cluster_code) as {{ y }}_cluster_variance,
        sum({{ y }}_state_covariance) over ({{ cell }}, cluster_code)
            as {{ y }}_cluster_country_covariance,
        sum({{ y }}_state_covariance) over ({{ cell }}) as {{ y }}_country_variance
        {{- ',' if not loop.last }}
        {% endfor -%}
    from grid
),

-- squares of relative standard errors, by Taylor linearisation of the logarithm
relative as (
    select
        *,
        {% for name, y in quotient_measures().items() -%}
        {% set v = y ~ '_variance' -%}
        {% set c = y ~ '_state_covariance' -%}
        case
            when {{ y }} > 0 and {{ y }}_cluster > 0
                then {{ v }} / ({{ y }} * {{ y }})
                + {{ y }}_cluster_variance / ({{ y }}_cluster * {{ y }}_cluster)
                - 2 * {{ v }} / ({{ y }} * {{ y }}_cluster)
        end as share_of_cluster_{{ name }}_relative,
        case
            when {{ y }} > 0 and {{ y }}_state > 0
                then {{ v }} / ({{ y }} * {{ y }})
                + {{ y }}_state_variance / ({{ y }}_state * {{ y }}_state)
                - 2 * {{ c }} / ({{ y }} * {{ y }}_state)
        end as share_of_state_{{ name }}_relative,
        case
            when {{ y }} > 0 and {{ y }}_state > 0 and {{ y }}_cluster > 0
                then {{ v }} / ({{ y }} * {{ y }})
                + {{ y }}_state_variance / ({{ y }}_state * {{ y }}_state)
                + {{ y }}_cluster_variance / ({{ y }}_cluster * {{ y }}_cluster)
                + {{ y }}_country_variance / ({{ y }}_country * {{ y }}_country)
                - 2 * {{ c }} / ({{ y }} * {{ y }}_state)
                - 2 * {{ v }} / ({{ y }} * {{ y }}_cluster)
                + 2 * {{ c }} / ({{ y }} * {{ y }}_country)
                + 2 * {{ c }} / ({{ y }}_state * {{ y }}_cluster)
                - 2 * {{ y }}_state_variance / ({{ y }}_state * {{ y }}_country)
                - 2 * {{ y }}_cluster_country_covariance / ({{ y }}_cluster * {{ y }}_country)
        end as lq_{{ name }}_relative,
        {% endfor -%}
        {% for ratio, (numerator, denominator, positive) in ratios().items() -%}
        case
            when {{ denominator }} {{ '>' if positive else '<>' }} 0
                then {{ numerator }} / {{ denominator }}
        end as {{ ratio }}{{ ',' if not loop.last }}
        {% endfor -%}
    from margins
),

indicators as (
    select
        state_basis,
        survey_year,
        state_code,
        state_name,
        cluster_code,
        cluster_name,
        cluster_type,
        factories_sampled,
        {% for variable in variables -%}
        {{ variable }},
        sqrt(greatest({{ variable }}_variance, 0)) as {{ variable }}_se,
        {% endfor -%}
        {% for name, y in quotient_measures().items() -%}
        {{ y }}_state,
        {{ y }}_cluster,
        {{ y }}_country,
        case when {{ y }}_least >= 0 and {{ y }}_cluster > 0 then {{ y }} / {{ y }}_cluster end
            as share_of_cluster_{{ name }},
        case when {{ y }} >= 0 and {{ y }}_state > 0 then {{ y }} / {{ y }}_state end
            as share_of_state_{{ name }},
        case
            when {{ y }} >= 0 and {{ y }}_state > 0 and {{ y }}_cluster > 0 and {{ y }}_country > 0
                then ({{ y }} / {{ y }}_state) / ({{ y }}_cluster / {{ y }}_country)
        end as lq_{{ name }},
        share_of_cluster_{{ name }}_relative,
        share_of_state_{{ name }}_relative,
        lq_{{ name }}_relative,
        {% endfor -%}
        {% for ratio, (numerator, denominator, positive) in ratios().items() -%}
        {{ ratio }},
        case when {{ ratio }} is not null then sqrt(greatest(
            {{ numerator }}_variance
            - 2 * {{ ratio }} * {{ numerator }}_{{ denominator }}_covariance
            + {{ ratio }} * {{ ratio }} * {{ denominator }}_variance, 0
        )) / abs({{ denominator }}) end as {{ ratio }}_se,
        {% endfor -%}
        case
            when wage_per_production_worker > 0 and skilled_workers > 0
                then wage_per_skilled_worker / wage_per_production_worker
        end as skill_premium,
        {%- set terms = [
            ('skilled_worker_wages', 1), ('skilled_workers', -1),
            ('production_worker_wages', -1), ('production_workers', 1),
        ] %}
        {%- set pairs = covariance_pairs() %}
        case
            when skilled_worker_wages > 0 and skilled_workers > 0
                and production_worker_wages > 0 and production_workers > 0
                then greatest(
                {%- for one, sign in terms %}
                    {{ '+' if not loop.first }} {{ one }}_variance / ({{ one }} * {{ one }})
                {%- endfor %}
                {%- for one, sign in terms %}
                {%- for other, other_sign in terms %}
                {%- if (one, other) in pairs %}
                    {{ '+' if sign * other_sign > 0 else '-' }} 2 * {{ one }}_{{ other }}_covariance
                    / ({{ one }} * {{ other }})
                {%- endif %}
                {%- endfor %}
                {%- endfor %}, 0)
        end as skill_premium_relative,
        case when blocks not like '%b%' then 'block_not_in_release' end as missing_years_of_production,
        {% for family in disclosure_families() -%}
        {{ family }}_hidden,
        {% endfor -%}
        hidden_status,
        state_hidden,
        state_status,
        cluster_hidden,
        cluster_status,
        production_hidden or state_hidden or cluster_hidden as is_quotient_hidden,
        is_controlled,
        is_synthetic
    from relative
)

select
    *,
    {% for name in quotient_measures() -%}
    {% for kind in ['share_of_cluster', 'share_of_state', 'lq'] -%}
    {{ kind }}_{{ name }} * sqrt(greatest({{ kind }}_{{ name }}_relative, 0)) as {{ kind }}_{{ name }}_se,
    {% endfor -%}
    {% endfor -%}
    skill_premium * sqrt(skill_premium_relative) as skill_premium_se
from indicators
