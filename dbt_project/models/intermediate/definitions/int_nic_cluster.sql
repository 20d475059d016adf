-- What a factory's code is looked up in: listed 5-digit codes, codes as the printed list of 2009
-- spells them, and 4-digit classes that have one cluster.
with

decisions as (

    select * from {{ ref('int_nic_decisions') }}

),

nic_2008 as (

    select * from {{ ref('nic_2008') }}

),

class_cluster as (

    select * from {{ ref('int_nic_class_cluster') }}

),

printed_variants as (

    select
        decisions.nic_version,
        nic_2008.printed_as as nic_code,
        decisions.cluster_code,
        decisions.rule
    from nic_2008
    inner join decisions
        on nic_2008.nic_code = decisions.nic_code
        and decisions.nic_version = 'NIC-2008'
    where nic_2008.printed_as is not null

)

select
    nic_version,
    nic_code,
    'code' as code_level,
    cluster_code,
    rule
from decisions

union all

select
    nic_version,
    nic_code,
    'printed_variant' as code_level,
    cluster_code,
    rule
from printed_variants

union all

select
    nic_version,
    nic_class as nic_code,
    'class' as code_level,
    cluster_code,
    rule
from class_cluster
where cluster_code is not null
