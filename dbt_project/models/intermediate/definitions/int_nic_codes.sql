with

nic_2008 as (

    select * from {{ ref('nic_2008') }}

),

nic_2004 as (

    select * from {{ ref('nic_2004') }}

),

nic_1998 as (

    select * from {{ ref('nic_1998') }}

),

listed as (

    select
        'NIC-2008' as nic_version,
        nic_code,
        nic_title,
        'listed' as origin
    from nic_2008

    union all

    select
        'NIC-2004' as nic_version,
        nic_code,
        nic_title,
        origin
    from nic_2004

    union all

    select
        'NIC-1998' as nic_version,
        nic_code,
        nic_title,
        origin
    from nic_1998

)

select
    nic_version,
    nic_code,
    nic_title,
    origin,
    substring(nic_code, 1, 4) as nic_class,
    substring(nic_code, 1, 2) as nic_division,
    -- Section C of NIC-2008, section D of NIC-2004 and NIC-1998
    case
        when nic_version = 'NIC-2008' then substring(nic_code, 1, 2) between '10' and '33'
        else substring(nic_code, 1, 2) between '15' and '37'
    end as is_manufacturing,
    -- manufacturing, and the other activities that returns of the survey carry
    case
        when nic_version = 'NIC-2008'
            then substring(nic_code, 1, 2) between '10' and '33'
                or substring(nic_code, 1, 2) in ('35', '36', '37', '38', '45', '58', '59', '95')
                or substring(nic_code, 1, 4) in ('0163', '0164', '0893', '5210', '8292', '9601')
        else substring(nic_code, 1, 2) between '15' and '37'
            or substring(nic_code, 1, 2) in ('40', '41', '45', '50')
            or substring(nic_code, 1, 4) in ('0140', '1422')
    end as title_read
from listed
