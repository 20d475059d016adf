-- The answers of the cluster and association schedules that the gate and the registry read, one row
-- for each named cluster and period; empty where there is no answer.
{% set association_items = [
    'association_exists', 'data_sharing_agreement', 'year_registered', 'units_in_cluster',
    'members', 'staff_fte', 'manager_named', 'manager_qualified', 'board_elected', 'agm_held',
    'accounts_audited', 'minutes_open', 'services_offered', 'quality_label', 'activity_cells',
] %}
with clusters as (
    select * from {{ ref('int_round_clusters') }}
),

answers as (
    select * from {{ source('facts', 'round_answers') }}
    where schedule in ('cluster', 'association')
)

select
    clusters.period,
    clusters.cluster_id,
    max(case when answers.schedule = 'association' then 1 else 0 end) = 1
        as has_association_schedule,
    max(case when answers.item = 'association_name' then answers.text_value end)
        as association_name,
    {% for item in association_items -%}
    max(case when answers.schedule = 'association' and answers.item = '{{ item }}'
        then answers.value end) as {{ item }},
    {% endfor -%}
    max(case when answers.schedule = 'cluster' and answers.item = 'units_functioning'
        then answers.value end) as units_functioning
from clusters
left join answers
    on clusters.round = answers.round
    and clusters.cluster_id = answers.cluster_id
group by clusters.period, clusters.cluster_id
