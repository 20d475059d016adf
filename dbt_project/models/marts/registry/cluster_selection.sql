-- A screening score for choosing clusters, with its parts: the eight criteria of source 003 (slide
-- 20), 0 to 2 points each, and beside them the poverty lens of source 001 (sections 3.2 and 4.2.2),
-- which is not summed. Points and thresholds are Locus's proposal (seed selection_rules). No part
-- of the index. That the products are marketable comes first in source 001 and is judged in the
-- field; no parameter says it.
{% set criteria = [
    'distinct_product', 'growth_potential', 'employment', 'local_leadership',
    'basic_infrastructure', 'capable_institutions', 'socio_environmental_need',
] %}
with objects as (
    select * from {{ ref('facts_round_objects') }}
),

metrics as (
    select * from {{ ref('facts_round_metrics') }}
    where component = 'total'
),

rules as (
    select * from {{ ref('selection_rules') }}
),

regions as (
    select * from {{ ref('priority_regions') }}
),

interventions as (
    select * from {{ ref('cluster_interventions') }}
),

-- somebody keeps a registry of interventions at all
registry as (
    select count(*) as interventions_registered
    from interventions
    where basis = 'registry'
),

recommendations as (
    select
        cluster_id,
        count(distinct agency_code) as agencies
    from interventions
    where status = 'recommended'
    group by cluster_id
),

points as (
    select
        metrics.object_id,
        metrics.period,
        rules.criterion,
        case
            when rules.more_is_more and metrics.value >= rules.two_points_at then 2.0
            when rules.more_is_more and metrics.value >= rules.one_point_at then 1.0
            when not rules.more_is_more and metrics.value <= rules.two_points_at then 2.0
            when not rules.more_is_more and metrics.value <= rules.one_point_at then 1.0
            when metrics.value is not null then 0.0
        end as points
    from metrics
    inner join rules on metrics.parameter_code = rules.parameter_code
),

criteria as (
    select
        object_id,
        period,
        {% for criterion in criteria -%}
        avg(case when criterion = '{{ criterion }}' then points end) as {{ criterion }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from points
    group by object_id, period
),

lens as (
    select
        object_id,
        period,
        max(case when parameter_code = 'CP20' then value end) as low_income_share,
        max(case when parameter_code = 'CP18' then value end) as vulnerable_share,
        max(case when parameter_code = 'CP17' then value end) as women_share,
        max(case when parameter_code = 'CP19' then value end) as labour_intensity,
        max(case when parameter_code = 'CP21' then value end) as dispersion_km,
        max(case when parameter_code = 'CV13' then value end) as market_reach
    from metrics
    group by object_id, period
),

scored as (
    select
        objects.object_id,
        objects.period,
        objects.object_name,
        objects.state_code,
        objects.cluster_type,
        {% for criterion in criteria -%}
        criteria.{{ criterion }},
        {% endfor -%}
        case
            when registry.interventions_registered > 0
                then cast(least(coalesce(recommendations.agencies, 0), 2) as {{ type_double() }})
        end as recommended_by_agencies,
        lens.low_income_share,
        lens.vulnerable_share,
        lens.women_share,
        lens.labour_intensity,
        lens.dispersion_km,
        lens.market_reach,
        coalesce(regions.extent, 'none') as region_priority,
        objects.is_synthetic
    from objects
    inner join criteria
        on objects.object_id = criteria.object_id
        and objects.period = criteria.period
    inner join lens
        on objects.object_id = lens.object_id
        and objects.period = lens.period
    cross join registry
    left join recommendations on objects.object_id = recommendations.cluster_id
    left join regions on objects.state_code = regions.state_code
),

counted as (
    select
        *,
        {% for criterion in criteria + ['recommended_by_agencies'] -%}
        case when {{ criterion }} is not null then 1 else 0 end
        {{- ' +' if not loop.last }}
        {% endfor %}
            as criteria_measured
    from scored
)

select
    object_id,
    period,
    object_name,
    state_code,
    cluster_type,
    {% for criterion in criteria + ['recommended_by_agencies'] -%}
    {{ criterion }},
    {% endfor -%}
    case
        when criteria_measured > 0
            then
                {% for criterion in criteria + ['recommended_by_agencies'] -%}
                coalesce({{ criterion }}, 0){{ ' +' if not loop.last }}
                {% endfor %}
    end as score,
    cast(criteria_measured as bigint) as criteria_measured,
    cast(2 * criteria_measured as bigint) as best_score,
    case
        when criteria_measured > 0
            then (
                {% for criterion in criteria + ['recommended_by_agencies'] -%}
                coalesce({{ criterion }}, 0){{ ' +' if not loop.last }}
                {% endfor %}
            ) / (2.0 * criteria_measured)
    end as attainable_share,
    criteria_measured / 8.0 as coverage,
    case when criteria_measured < 8 then 'not_measured' end as null_reason,
    low_income_share,
    vulnerable_share,
    women_share,
    labour_intensity,
    dispersion_km,
    market_reach,
    region_priority,
    is_synthetic
from counted
