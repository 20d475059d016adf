{{ config(meta = {'dagster': {'ref': {'name': 'int_round_clusters'}}}) }}
-- No list in a cell is longer than what is read of it.
with lists as (
    select
        'numerator of ' || parameter_code as list,
        {{ dbt.split_part("replace(numerator, ' - ', ' + ')", "' + '", most_entries() + 1) }}
            as rest
    from {{ ref('facts_round_recipes') }}

    union all

    select
        'industries of ' || cluster_id as list,
        {{ dbt.split_part('nic_codes', "';'", most_entries() + 1) }} as rest
    from {{ ref('int_round_clusters') }}

    union all

    select
        'past interventions in ' || cluster_id as list,
        {{ dbt.split_part('text_value', "';'", most_entries() + 1) }} as rest
    from {{ source('facts', 'round_answers') }}
    where schedule = 'cluster' and item = 'past_interventions'
)

select list
from lists
where trim(rest) <> ''
