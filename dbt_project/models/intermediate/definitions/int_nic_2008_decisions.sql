-- The first rule that answers decides a NIC-2008 code.
with

nic_codes as (

    select * from {{ ref('int_nic_codes') }}

),

rule_answers as (

    select *, 1 as rule_order, 'reviewed' as rule from {{ ref('rule_reviewed') }}

    union all

    select *, 2 as rule_order, 'unique' as rule from {{ ref('rule_unique') }}

    union all

    select
        *,
        3 as rule_order,
        'title_and_majority' as rule
    from {{ ref('rule_title_and_majority') }}

    union all

    select *, 4 as rule_order, 'majority' as rule from {{ ref('rule_majority') }}

),

first_answers as (

    select
        *,
        row_number() over (partition by nic_version, nic_code order by rule_order) as answer
    from rule_answers

)

select
    nic_codes.nic_version,
    nic_codes.nic_code,
    first_answers.cluster_code,
    first_answers.rule,
    first_answers.confidence,
    first_answers.reason,
    first_answers.evidence
from nic_codes
inner join first_answers
    on nic_codes.nic_version = first_answers.nic_version
    and nic_codes.nic_code = first_answers.nic_code
    and first_answers.answer = 1
where nic_codes.nic_version = 'NIC-2008'
