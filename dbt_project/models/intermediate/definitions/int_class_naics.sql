-- Which NAICS industries make up a NIC class, and the cluster of each. A NAICS industry that
-- belongs to several ISIC classes counts for each with an equal fraction, so that every industry
-- weighs one in all.
with

nic_classes as (

    select * from {{ ref('nic_classes') }}

),

class_links as (

    select * from {{ ref('nic_2004_nic_1998_classes') }}

),

naics_2007 as (

    select
        *,
        cast(1 as {{ type_double() }})
        / count(*) over (partition by naics_code) as naics_weight
    from {{ ref('naics_2007_isic_4') }}

),

naics_2002 as (

    select
        *,
        cast(1 as {{ type_double() }})
        / count(*) over (partition by naics_code) as naics_weight
    from {{ ref('naics_2002_isic_31') }}

),

benchmark as (

    select * from {{ ref('int_benchmark_clusters') }}

),

-- NIC-1998 follows ISIC Rev.3: the way from NAICS-2002 leads over ISIC Rev.3.1
isic_31_isic_3 as (

    select distinct
        nic_classes.isic_class as isic_31_class,
        class_links.nic_1998_class as isic_3_class
    from class_links
    inner join nic_classes
        on class_links.nic_2004_class = nic_classes.nic_class
        and nic_classes.nic_version = 'NIC-2004'

),

isic_31_shares as (

    select
        isic_31_class,
        isic_3_class,
        cast(1 as {{ type_double() }})
        / count(*) over (partition by isic_31_class) as class_weight
    from isic_31_isic_3

),

linked as (

    select
        'NIC-2008' as nic_version,
        isic_class,
        'NAICS-2007' as naics_version,
        naics_code,
        naics_title,
        note,
        naics_weight
    from naics_2007

    union all

    select
        'NIC-2004' as nic_version,
        isic_class,
        'NAICS-2002' as naics_version,
        naics_code,
        naics_title,
        note,
        naics_weight
    from naics_2002

    union all

    select
        'NIC-1998' as nic_version,
        isic_31_shares.isic_3_class as isic_class,
        'NAICS-2002' as naics_version,
        naics_2002.naics_code,
        max(naics_2002.naics_title) as naics_title,
        max(naics_2002.note) as note,
        sum(naics_2002.naics_weight * isic_31_shares.class_weight) as naics_weight
    from naics_2002
    inner join isic_31_shares
        on naics_2002.isic_class = isic_31_shares.isic_31_class
    group by
        isic_31_shares.isic_3_class,
        naics_2002.naics_code

)

select
    nic_classes.nic_version,
    nic_classes.nic_class,
    linked.naics_version,
    linked.naics_code,
    linked.naics_title,
    linked.note,
    linked.naics_weight,
    coalesce(benchmark.cluster_code, '0') as cluster_code
from nic_classes
inner join linked
    on nic_classes.nic_version = linked.nic_version
    and nic_classes.isic_class = linked.isic_class
left join benchmark
    on linked.naics_version = benchmark.naics_version
    and linked.naics_code = benchmark.naics_code
