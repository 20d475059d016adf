-- Weighted totals with the official tables' own filter beside the figures they published. How near a
-- hidden figure is to a printed one would tell it.
with figures as (
    select * from {{ ref('int_reconciliation') }}
),

told as (
    select
        *,
        disclosure = 'suppressed_secondary' and status <> 'block_not_in_release' as is_status_hidden
    from figures
)

select
    survey_year,
    geography,
    nic_division,
    variable,
    published_value,
    computed_value,
    difference_pct,
    case when not is_status_hidden then status end as status,
    counts_as,
    rule_basis,
    unit,
    source,
    source_kind,
    disclosure,
    is_synthetic,
    case
        when is_status_hidden then disclosure
        when computed_value is null then status
    end as null_reason
from told
