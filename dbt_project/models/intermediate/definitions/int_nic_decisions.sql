-- One row per NIC version and listed code: the cluster, or why there is none.
with

nic_codes as (

    select * from {{ ref('int_nic_codes') }}

),

nic_2008_decisions as (

    select * from {{ ref('int_nic_2008_decisions') }}

),

candidates as (

    select * from {{ ref('int_class_candidates') }}

),

earlier_answers as (

    select *, 1 as rule_order, 'reviewed' as rule from {{ ref('rule_reviewed') }}

    union all

    select *, 2 as rule_order, 'title_link' as rule from {{ ref('rule_title_link') }}

    union all

    select *, 3 as rule_order, 'unique' as rule from {{ ref('rule_unique') }}

    union all

    select *, 4 as rule_order, 'majority' as rule from {{ ref('rule_majority') }}

),

first_earlier_answers as (

    select
        *,
        row_number() over (partition by nic_version, nic_code order by rule_order) as answer
    from earlier_answers
    where nic_version <> 'NIC-2008'

),

decided as (

    select
        nic_version,
        nic_code,
        cluster_code,
        rule,
        confidence,
        reason,
        evidence
    from nic_2008_decisions

    union all

    select
        nic_version,
        nic_code,
        cluster_code,
        rule,
        confidence,
        reason,
        evidence
    from first_earlier_answers
    where answer = 1

),

-- classes whose NAICS industries are mostly in no cluster
outside_benchmark as (

    select
        nic_version,
        nic_class
    from candidates
    where
        cluster_code = '0'
        and share > 0.5

)

select
    nic_codes.nic_version,
    nic_codes.nic_code,
    nic_codes.nic_class,
    nic_codes.nic_title,
    nic_codes.is_manufacturing,
    coalesce(nic_codes.title_read or decided.rule = 'reviewed', false) as title_read,
    coalesce(decided.cluster_code, '0') as cluster_code,
    case
        when decided.rule is not null then decided.rule
        when nic_codes.is_manufacturing then 'unmapped'
        else 'out_of_scope'
    end as rule,
    coalesce(decided.confidence, 'none') as confidence,
    case
        when decided.reason is not null then decided.reason
        when outside_benchmark.nic_class is not null
            then 'The benchmark definitions leave this activity out'
        when nic_codes.is_manufacturing
            then 'No rule names one cluster and nobody has reviewed the code'
        else 'The survey does not cover this activity and no rule names one cluster'
    end
    || case
        when nic_codes.title_read or decided.rule = 'reviewed' then ''
        else '. The title has not been read'
    end as reason,
    coalesce(decided.evidence, 'none') as evidence
from nic_codes
left join decided
    on nic_codes.nic_version = decided.nic_version
    and nic_codes.nic_code = decided.nic_code
left join outside_benchmark
    on nic_codes.nic_version = outside_benchmark.nic_version
    and nic_codes.nic_class = outside_benchmark.nic_class
