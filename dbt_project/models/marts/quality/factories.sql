-- How many returns and factories the release holds by status: what was kept, what was left out.
with returns as (
    select * from {{ ref('stg_asi__block_a') }}
),

states as (
    select * from {{ ref('states') }}
),

former as (
    select * from {{ ref('state_former_names') }}
)

select
    returns.survey_year,
    coalesce(returns.state_code, '') as state_code,
    coalesce(former.state_name, states.state_name, 'Not stated') as state_name,
    returns.nic_version,
    coalesce(returns.nic_return, '') as nic_code,
    returns.unit_status,
    returns.status_label,
    returns.is_open as is_kept,
    returns.in_published_factories,
    returns.in_published_totals,
    count(*) as returns_sampled,
    {{ exact_sum('returns.multiplier') }} as returns_estimated,
    cast(sum(returns.units) as bigint) as units_sampled,
    {{ exact_sum('returns.units * returns.multiplier') }} as units_estimated,
    max(case when returns.is_synthetic then 1 else 0 end) = 1 as is_synthetic
from returns
left join states on returns.state_code = states.state_code
left join former
    on returns.state_code = former.state_code
    and returns.survey_year <= former.last_survey_year
group by
    returns.survey_year, returns.state_code, former.state_name, states.state_name, returns.nic_version,
    returns.nic_return, returns.unit_status, returns.status_label, returns.is_open,
    returns.in_published_factories, returns.in_published_totals
