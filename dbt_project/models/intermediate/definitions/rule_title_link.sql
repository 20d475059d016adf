-- A NIC-2004 or NIC-1998 code takes the cluster of the NIC-2008 code that carries its title.
with

title_links as (

    select * from {{ ref('nic_title_links') }}

),

nic_2008_decisions as (

    select * from {{ ref('int_nic_2008_decisions') }}

)

select
    title_links.nic_version,
    title_links.nic_code,
    nic_2008_decisions.cluster_code,
    nic_2008_decisions.confidence,
    'Same activity as NIC-2008 code ' || title_links.nic_2008_code || ': '
    || nic_2008_decisions.reason as reason,
    replace(title_links.basis, '_', ' ') || '; ' || nic_2008_decisions.evidence as evidence
from title_links
inner join nic_2008_decisions
    on title_links.nic_2008_code = nic_2008_decisions.nic_code
