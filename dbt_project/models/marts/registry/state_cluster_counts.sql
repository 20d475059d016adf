-- Micro, handicraft and handloom clusters of each state as source 001 prints them (table 2.1).
with printed as (
    select * from {{ ref('state_cluster_counts_printed') }}
),

states as (
    select * from {{ ref('states') }}
)

select
    printed.state_code,
    states.state_name,
    printed.printed_state,
    printed.micro,
    printed.handicraft,
    printed.handloom,
    coalesce(printed.micro, 0) + coalesce(printed.handicraft, 0) + coalesce(printed.handloom, 0)
        as all_kinds,
    printed.is_high_poverty,
    printed.note,
    false as is_synthetic
from printed
inner join states on printed.state_code = states.state_code
