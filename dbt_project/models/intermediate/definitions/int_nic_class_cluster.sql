-- The cluster of a 4-digit class, for records whose code goes no further: all or two thirds of
-- the class's listed codes in one cluster; for a class without listed codes, the rules on its
-- NAICS industries. Otherwise null.
with

nic_classes as (

    select * from {{ ref('nic_classes') }}

),

reviewed as (

    select * from {{ ref('int_reviewed_decisions') }}

),

decisions as (

    select * from {{ ref('int_nic_decisions') }}

),

majority as (

    select * from {{ ref('int_class_majority') }}

),

code_counts as (

    select
        nic_version,
        nic_class,
        cluster_code,
        count(*) as codes
    from decisions
    group by
        nic_version,
        nic_class,
        cluster_code

),

class_counts as (

    select
        nic_version,
        nic_class,
        sum(codes) as codes
    from code_counts
    group by
        nic_version,
        nic_class

),

most_codes as (

    select
        code_counts.nic_version,
        code_counts.nic_class,
        code_counts.cluster_code,
        code_counts.codes,
        class_counts.codes as class_codes
    from code_counts
    inner join class_counts
        on code_counts.nic_version = class_counts.nic_version
        and code_counts.nic_class = class_counts.nic_class
    where
        code_counts.cluster_code <> '0'
        and 3 * code_counts.codes >= 2 * class_counts.codes

)

select
    nic_classes.nic_version,
    nic_classes.nic_class,
    nic_classes.class_title,
    case
        when reviewed.cluster_code is not null then reviewed.cluster_code
        when most_codes.cluster_code is not null then most_codes.cluster_code
        when class_counts.codes is null and majority.is_two_thirds then majority.cluster_code
    end as cluster_code,
    case
        when reviewed.cluster_code is not null then 'reviewed'
        when most_codes.codes = most_codes.class_codes then 'all_codes'
        when most_codes.cluster_code is not null then 'most_codes'
        when class_counts.codes is null and majority.is_two_thirds then 'majority'
        else 'none'
    end as rule
from nic_classes
left join reviewed
    on nic_classes.nic_version = reviewed.nic_version
    and nic_classes.nic_class = reviewed.nic_code
left join most_codes
    on nic_classes.nic_version = most_codes.nic_version
    and nic_classes.nic_class = most_codes.nic_class
left join class_counts
    on nic_classes.nic_version = class_counts.nic_version
    and nic_classes.nic_class = class_counts.nic_class
left join majority
    on nic_classes.nic_version = majority.nic_version
    and nic_classes.nic_class = majority.nic_class
