-- The cluster with the largest share of a class's NAICS industries, where one is the largest.
with

candidates as (

    select * from {{ ref('int_class_candidates') }}

),

largest as (

    select
        nic_version,
        nic_class,
        max(share) as share
    from candidates
    group by
        nic_version,
        nic_class

),

majority as (

    select
        candidates.nic_version,
        candidates.nic_class,
        candidates.cluster_code,
        candidates.share,
        count(*) over (
            partition by candidates.nic_version, candidates.nic_class
        ) as ties
    from candidates
    inner join largest
        on candidates.nic_version = largest.nic_version
        and candidates.nic_class = largest.nic_class
    -- sums of fractions: equal up to rounding
    where candidates.share > largest.share - 0.000000001

)

select
    nic_version,
    nic_class,
    cluster_code,
    share,
    share > cast(2 as {{ type_double() }}) / 3 - 0.000000001 as is_two_thirds
from majority
where
    ties = 1
    and cluster_code <> '0'
