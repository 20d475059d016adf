-- Both lenses for clusters in states of the newest survey year, for who has no rounds: registered factories
-- alone, and fewer criteria. The same object is not a named cluster: a category in a state.
with objects as (
    select * from {{ ref('int_selection_objects') }}
    where basis = 'survey'
),

scores as (
    select * from {{ ref('int_selection_scores') }}
    where basis = 'survey'
),

places as (
    select * from {{ ref('int_selection_places') }}
    where basis = 'survey'
)

select
    scores.lens,
    objects.object_id,
    objects.period as survey_year,
    objects.object_name,
    objects.state_code,
    objects.state_name,
    objects.sector as cluster_code,
    objects.sector_name as cluster_name,
    objects.cluster_type,
    objects.factories_sampled,
    places.region_share,
    nullif(places.region_reason, '') as region_reason,
    {{ selection_score('scores', true) }},
    objects.is_synthetic
from objects
inner join scores
    on objects.object_id = scores.object_id
    and objects.period = scores.period
left join places
    on objects.object_id = places.object_id
    and objects.period = places.period
