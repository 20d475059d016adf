-- The title was read and decided on. A decision stands above every rule.
with

decisions as (

    select * from {{ ref('int_reviewed_decisions') }}

),

nic_codes as (

    select * from {{ ref('int_nic_codes') }}

)

select
    nic_codes.nic_version,
    nic_codes.nic_code,
    decisions.cluster_code,
    decisions.confidence,
    decisions.reason,
    decisions.evidence
from decisions
inner join nic_codes
    on decisions.nic_version = nic_codes.nic_version
    and decisions.nic_code = nic_codes.nic_code
