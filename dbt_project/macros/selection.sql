{# The criteria of each lens of selection, in the order of the seed selection_weights. #}
{% macro selection_criteria(lens) %}
    {{ return({
        'growth': [
            'distinct_product', 'growth_potential', 'employment', 'local_leadership',
            'basic_infrastructure', 'capable_institutions', 'recommended', 'socio_environmental_need',
        ],
        'pro_poor': [
            'social_groups', 'women', 'low_income', 'labour_intensity', 'low_wages', 'nearness',
            'priority_region',
        ],
    }[lens]) }}
{% endmacro %}

{# What int_selection_scores says of an object, as it is published. #}
{% macro selection_score(scores, has_conditions) %}
    {{ scores }}.criteria_measured,
    {{ scores }}.criteria_asked,
    {{ scores }}.coverage,
    {{ scores }}.is_covered,
    {%- if has_conditions %}
    {{ scores }}.signs_measured,
    {{ scores }}.signs_held,
    {{ scores }}.is_marketable,
    {%- endif %}
    {{ scores }}.points,
    {{ scores }}.attainable,
    {{ scores }}.share,
    {{ scores }}.share_se,
    {{ scores }}.share_low,
    {{ scores }}.share_high,
    {{ scores }}.errors_unknown,
    nullif({{ scores }}.null_reason, '') as null_reason,
    {{ scores }}.rank,
    {{ scores }}.rank_low,
    {{ scores }}.rank_high,
    {{ scores }}.is_tied,
    {{ scores }}.probability_first,
    {{ scores }}.probability_selected,
    {{ scores }}.is_selected,
    {{ scores }}.place_after_list,
    {{ scores }}.share_short,
    nullif({{ scores }}.list_reason, '') as list_reason,
    nullif({{ scores }}.quotas_unmet, '') as quotas_unmet,
    nullif({{ scores }}.rank_reason, '') as rank_reason
{%- endmacro %}

{# One lens of selection for named clusters: criteria, share of attainable points, rank and list. #}
{% macro selection_of_lens(lens) %}
{%- set criteria = selection_criteria(lens) -%}
with objects as (
    select * from {{ ref('int_selection_objects') }}
    where basis = 'rounds'
),

scores as (
    select * from {{ ref('int_selection_scores') }}
    where basis = 'rounds' and lens = '{{ lens }}'
),

criteria as (
    select
        object_id,
        period,
        {% for criterion in criteria -%}
        max(case when criterion = '{{ criterion }}' then points end) as {{ criterion }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from {{ ref('int_selection_criteria') }}
    where basis = 'rounds' and lens = '{{ lens }}'
    group by object_id, period
),

places as (
    select * from {{ ref('int_selection_places') }}
    where basis = 'rounds'
)

select
    objects.object_id,
    objects.period,
    objects.object_name,
    objects.state_code,
    objects.state_name,
    objects.cluster_type,
    objects.sector,
    objects.sector_name,
    places.region_share,
    nullif(places.region_reason, '') as region_reason,
    {% for criterion in criteria -%}
    criteria.{{ criterion }},
    {% endfor -%}
    {{ selection_score('scores', lens == 'pro_poor') }},
    objects.is_synthetic
from objects
inner join scores
    on objects.object_id = scores.object_id
    and objects.period = scores.period
left join criteria
    on objects.object_id = criteria.object_id
    and objects.period = criteria.period
left join places
    on objects.object_id = places.object_id
    and objects.period = places.period
{% endmacro %}
