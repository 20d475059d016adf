-- Two direct tables, NIC-2008 to NIC-2004 and NIC-2008 to NIC-1998: pairs of 4-digit classes, and
-- pairs of 5-digit codes that describe the same activity.
with

nic_2008_nic_2004 as (

    select * from {{ ref('nic_2008_nic_2004_classes') }}

),

nic_2004_nic_1998 as (

    select * from {{ ref('nic_2004_nic_1998_classes') }}

),

title_links as (

    select * from {{ ref('nic_title_links') }}

),

-- Where the class of NIC-2004 in between goes whole one way, the pair is certain. Where it is
-- split both ways, its two parts may be different ones: such a pair counts only where a pair of
-- codes confirms it.
joined_1998 as (

    select
        nic_2008_nic_2004.nic_2008_class,
        nic_2004_nic_1998.nic_1998_class,
        max(
            case
                when
                    nic_2008_nic_2004.nic_2004_partial
                    and nic_2004_nic_1998.nic_2004_partial
                    then 0
                else 1
            end
        ) as is_certain
    from nic_2008_nic_2004
    inner join nic_2004_nic_1998
        on nic_2008_nic_2004.nic_2004_class = nic_2004_nic_1998.nic_2004_class
    group by
        nic_2008_nic_2004.nic_2008_class,
        nic_2004_nic_1998.nic_1998_class

),

linked_classes_1998 as (

    select distinct
        substring(nic_2008_code, 1, 4) as nic_2008_class,
        substring(nic_code, 1, 4) as nic_1998_class
    from title_links
    where nic_version = 'NIC-1998'

),

pairs as (

    select
        'NIC-2004' as to_version,
        nic_2008_class as from_code,
        nic_2004_class as to_code,
        basis
    from nic_2008_nic_2004

    union all

    select
        'NIC-1998' as to_version,
        joined_1998.nic_2008_class as from_code,
        joined_1998.nic_1998_class as to_code,
        'joined_un_tables' as basis
    from joined_1998
    left join linked_classes_1998
        on joined_1998.nic_2008_class = linked_classes_1998.nic_2008_class
        and joined_1998.nic_1998_class = linked_classes_1998.nic_1998_class
    where
        joined_1998.is_certain = 1
        or linked_classes_1998.nic_2008_class is not null

    union all

    select
        nic_version as to_version,
        nic_2008_code as from_code,
        nic_code as to_code,
        basis
    from title_links

),

counted as (

    select
        *,
        count(*) over (partition by to_version, from_code) as from_pairs,
        count(*) over (partition by to_version, to_code) as to_pairs
    from pairs

)

select
    'NIC-2008' as from_version,
    from_code,
    to_version,
    to_code,
    from_pairs > 1 or to_pairs > 1 as partial,
    basis,
    false as is_synthetic
from counted
