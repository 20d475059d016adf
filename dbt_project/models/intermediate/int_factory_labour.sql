-- Persons and wages of each factory by kind of labour. Item rows are added; total rows are left out.
with labour as (
    select * from {{ ref('stg_asi__block_e') }}
    where not is_total
),

kinds as (
    select
        survey_year,
        factory_id,
        case
            when role in ('male_direct', 'female_direct', 'child_direct', 'other_direct', 'contract')
                then 'production'
            when role in ('supervisory', 'other_employees') then 'skilled'
            when role = 'unpaid_family' then 'unpaid'
        end as kind,
        persons,
        wages
    from labour
)

select
    survey_year,
    factory_id,
    sum(case when kind = 'production' then persons else 0 end) as production_workers,
    sum(case when kind = 'skilled' then persons else 0 end) as skilled_workers,
    sum(case when kind is not null then persons else 0 end) as total_employees,
    sum(case when kind = 'production' then wages else 0 end) as production_worker_wages,
    sum(case when kind = 'skilled' then wages else 0 end) as skilled_worker_wages,
    sum(case when kind is not null then wages else 0 end) as total_employee_wages
from kinds
group by survey_year, factory_id
