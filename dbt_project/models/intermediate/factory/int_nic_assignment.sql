-- The cluster of every industry code that returns carry: by the code of the return, else (codes with
-- letters, 9999, codes that no list knows) by its class, else by the class of the frame, else
-- Unmapped, with the reason.
with codes as (
    select distinct
        nic_version,
        coalesce(nic_return, '') as nic_return,
        coalesce(nic_frame, '') as nic_frame
    from {{ ref('factory') }}
),

lookup as (
    select * from {{ ref('int_nic_cluster') }}
),

clusters as (
    select * from {{ ref('clusters') }}
),

looked_up as (
    select
        codes.nic_version,
        codes.nic_return,
        codes.nic_frame,
        by_code.cluster_code as code_cluster,
        by_class.cluster_code as class_cluster,
        by_frame.cluster_code as frame_cluster
    from codes
    left join lookup as by_code
        on codes.nic_version = by_code.nic_version
        and codes.nic_return = by_code.nic_code
        and by_code.code_level <> 'class'
    left join lookup as by_class
        on codes.nic_version = by_class.nic_version
        and substr(codes.nic_return, 1, 4) = by_class.nic_code
        and by_class.code_level = 'class'
    left join lookup as by_frame
        on codes.nic_version = by_frame.nic_version
        and substr(codes.nic_frame, 1, 4) = by_frame.nic_code
        and by_frame.code_level = 'class'
),

assigned as (
    select
        nic_version,
        nic_return,
        nic_frame,
        coalesce(code_cluster, class_cluster, frame_cluster, '0') as cluster_code,
        case
            when code_cluster is not null then 'code of the return'
            when class_cluster is not null then 'class of the return'
            when frame_cluster is not null then 'class of the frame'
            else 'unmapped: neither the code nor its class nor the frame''s class is known'
        end as assignment_rule
    from looked_up
)

select
    assigned.nic_version,
    assigned.nic_return,
    assigned.nic_frame,
    assigned.cluster_code,
    clusters.cluster_name,
    clusters.cluster_type,
    assigned.assignment_rule
from assigned
inner join clusters on assigned.cluster_code = clusters.cluster_code
