{{ config(meta = {'dagster': {'ref': {'name': 'int_nic_codes'}}}) }}
-- The official number of codes and the published number of clusters in our reference tables.
with

counts as (

    select
        'NIC-2008 codes' as item,
        count(*) as rows_found,
        1304 as rows_expected
    from {{ ref('int_nic_codes') }}
    where nic_version = 'NIC-2008'

    union all

    select
        'NIC-2008 manufacturing codes',
        count(*),
        610
    from {{ ref('int_nic_codes') }}
    where
        nic_version = 'NIC-2008'
        and is_manufacturing

    union all

    select
        'NIC-2008 classes',
        count(*),
        419
    from {{ ref('nic_classes') }}
    where nic_version = 'NIC-2008'

    union all

    select
        'traded clusters',
        count(distinct cluster_code),
        51
    from {{ ref('benchmark_clusters') }}
    where cluster_type = 'traded'

    union all

    select
        'local clusters',
        count(distinct cluster_code),
        16
    from {{ ref('benchmark_clusters') }}
    where cluster_type = 'local'

)

select *
from counts
where rows_found <> rows_expected
