-- The industries of each named cluster, one row for each NIC code of its schedule
-- (14101=0.7;13911=0.3), and the cluster category that the definitions give to the code.
with clusters as (
    select * from {{ ref('int_round_clusters') }}
),

categories as (
    select * from {{ ref('int_nic_decisions') }}
    where nic_version = 'NIC-2008'
),

split as (
    {% for place in range(1, most_entries() + 1) -%}
    select
        period,
        cluster_id,
        {{ place }} as position,
        trim({{ dbt.split_part('nic_codes', "';'", place) }}) as entry
    from clusters
    where nic_codes is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

entries as (
    select
        period,
        cluster_id,
        position,
        trim({{ dbt.split_part('entry', "'='", 1) }}) as nic_code,
        cast(nullif(trim({{ dbt.split_part('entry', "'='", 2) }}), '') as {{ type_double() }})
            as unit_share
    from split
    where entry <> ''
)

select
    entries.period,
    entries.cluster_id,
    entries.position,
    entries.nic_code,
    entries.unit_share,
    categories.cluster_code
from entries
left join categories on entries.nic_code = categories.nic_code
