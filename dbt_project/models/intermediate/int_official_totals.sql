-- Totals by the official tables' own filter, all India and by NIC-2008 division, in the units they are
-- published in (number, Rs lakh). The number of factories counts one status more than the totals do.
-- Only variables whose blocks are in the release have a value. Multiplier as printed.
with returns as (
    select * from {{ ref('stg_asi__block_a') }}
),

years as (
    select * from {{ source('asi', 'survey_years') }}
),

-- bonus, provident fund and welfare stand in the total row or in a row of their own, by year
labour as (
    select
        survey_year,
        factory_id,
        sum(case when role = 'workers' then persons else 0 end) as workers,
        sum(case when role = 'workers' then wages else 0 end) as wages_to_workers,
        sum(case when role = 'total' then persons else 0 end) as persons,
        sum(case when role = 'total' then wages else 0 end) as wages,
        sum(case when role = 'workers' then 0 else bonus end) as bonus,
        sum(case when role = 'workers' then 0 else provident_fund end) as provident_fund,
        sum(case when role = 'workers' then 0 else welfare end) as welfare
    from {{ ref('stg_asi__block_e') }}
    where role in ('workers', 'total', 'social_charges')
    group by survey_year, factory_id
),

-- returns that share a key and a multiplier have their rows of block E in common: one of them has it
ranked as (
    select
        *,
        row_number() over (
            partition by survey_year, factory_id
            order by case when in_published_totals then 0 else 1 end, line_number
        ) as candidate
    from returns
),

joined as (
    select
        ranked.survey_year,
        case
            when ranked.nic_version <> 'NIC-2008' then 'not published'
            when ranked.nic_return in ('01632', '01640') then '01'
            when ranked.nic_return = '08932' then '08'
            when substr(ranked.nic_return, 1, 2) in ('01', '08') then 'Ot'
            else substr(ranked.nic_return, 1, 2)
        end as nic_division,
        case when ranked.in_published_factories then ranked.multiplier else 0 end as factory_weight,
        case when ranked.in_published_totals then ranked.multiplier else 0 end as total_weight,
        ranked.units,
        years.blocks like '%e%' as has_labour,
        labour.workers,
        labour.wages_to_workers,
        labour.persons,
        labour.wages + coalesce(ranked.bonus, labour.bonus) as emoluments,
        coalesce(ranked.provident_fund, labour.provident_fund) as provident_fund,
        coalesce(ranked.welfare, labour.welfare) as welfare
    from ranked
    inner join years on ranked.survey_year = years.survey_year
    left join labour
        on ranked.survey_year = labour.survey_year
        and ranked.factory_id = labour.factory_id
        and ranked.candidate = 1
),

by_division as (
    select
        survey_year,
        nic_division,
        sum(units * factory_weight) as number_of_factories,
        sum(units * total_weight) as factories_in_operation,
        case when has_labour then coalesce(sum(workers * total_weight), 0) end as workers,
        case when has_labour then coalesce(sum(persons * total_weight), 0) end as total_persons_engaged,
        case when has_labour then coalesce(sum(wages_to_workers * total_weight), 0) / 100000.0 end
            as wages_to_workers,
        case when has_labour then coalesce(sum(emoluments * total_weight), 0) / 100000.0 end
            as total_emoluments,
        sum(provident_fund * total_weight) / 100000.0 as provident_and_other_funds,
        sum(welfare * total_weight) / 100000.0 as welfare_expenses
    from joined
    group by survey_year, nic_division, has_labour
)

{% for variable in [
    'number_of_factories', 'factories_in_operation', 'workers', 'total_persons_engaged',
    'wages_to_workers', 'total_emoluments', 'provident_and_other_funds', 'welfare_expenses',
] %}
select
    survey_year,
    'all-india' as geography,
    '' as nic_division,
    '{{ variable }}' as variable,
    sum({{ variable }}) as value
from by_division
group by survey_year

union all

select
    survey_year,
    'all-india' as geography,
    nic_division,
    '{{ variable }}' as variable,
    {{ variable }} as value
from by_division
where nic_division <> 'not published'
{{ 'union all' if not loop.last }}
{% endfor %}
