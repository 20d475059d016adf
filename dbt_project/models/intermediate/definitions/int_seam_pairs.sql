-- Which codes of the version before a code continues: the documented break where there is one, else
-- the codes with the same title, else the codes of the linked classes: those of its own cluster, if
-- there are any, for what is in doubt is not called a break.
with

codes as (

    select * from {{ ref('int_nic_decisions') }}

),

breaks as (

    select * from {{ ref('continuity_breaks') }}

),

title_links as (

    select * from {{ ref('nic_title_links') }}

),

class_pairs as (

    select
        'NIC-2004' as from_version,
        nic_2004_class as from_class,
        'NIC-2008' as to_version,
        nic_2008_class as to_class
    from {{ ref('nic_2008_nic_2004_classes') }}

    union all

    select
        'NIC-1998' as from_version,
        nic_1998_class as from_class,
        'NIC-2004' as to_version,
        nic_2004_class as to_class
    from {{ ref('nic_2004_nic_1998_classes') }}

),

-- a break names the earlier code, or a class of which any code may be meant
documented as (

    select
        breaks.from_version,
        codes.nic_code as from_code,
        breaks.to_version,
        breaks.to_code
    from breaks
    inner join codes
        on breaks.from_version = codes.nic_version
        and breaks.from_code in (codes.nic_code, codes.nic_class)

),

same_title as (

    select
        nic_version as from_version,
        nic_code as from_code,
        'NIC-2008' as to_version,
        nic_2008_code as to_code
    from title_links
    where nic_version = 'NIC-2004'

    union

    select
        'NIC-1998' as from_version,
        earlier.nic_code as from_code,
        'NIC-2004' as to_version,
        later.nic_code as to_code
    from title_links as earlier
    inner join title_links as later
        on earlier.nic_2008_code = later.nic_2008_code
        and later.nic_version = 'NIC-2004'
    where earlier.nic_version = 'NIC-1998'

    union

    select
        'NIC-1998' as from_version,
        earlier.nic_code as from_code,
        'NIC-2004' as to_version,
        later.nic_code as to_code
    from codes as earlier
    inner join codes as later
        on earlier.nic_code = later.nic_code
        and lower(earlier.nic_title) = lower(later.nic_title)
        and later.nic_version = 'NIC-2004'
    where earlier.nic_version = 'NIC-1998'

),

same_class as (

    select
        class_pairs.from_version,
        earlier.nic_code as from_code,
        class_pairs.to_version,
        later.nic_code as to_code,
        earlier.cluster_code = later.cluster_code as same_cluster
    from class_pairs
    inner join codes as earlier
        on class_pairs.from_version = earlier.nic_version
        and class_pairs.from_class = earlier.nic_class
    inner join codes as later
        on class_pairs.to_version = later.nic_version
        and class_pairs.to_class = later.nic_class

),

pairs as (

    select *, 1 as basis_order, 'documented_break' as basis from documented

    union all

    select *, 2 as basis_order, 'same_title' as basis from same_title

    union all

    select
        from_version,
        from_code,
        to_version,
        to_code,
        case when same_cluster then 3 else 4 end as basis_order,
        'linked_classes' as basis
    from same_class

),

best as (

    select
        *,
        min(basis_order) over (partition by to_version, to_code) as best_basis
    from pairs

)

select
    from_version,
    from_code,
    to_version,
    to_code,
    basis
from best
where basis_order = best_basis
