{{
    config(
        materialized = 'incremental',
        incremental_strategy = 'delete+insert',
        unique_key = 'survey_year',
        on_schema_change = 'fail',
        post_hook = "delete from {{ this }} where survey_year not in (select survey_year from {{ source('asi', 'survey_years') }})"
    )
}}
{% set years = "('" ~ changed_survey_years() | join("', '") ~ "')" %}

-- One row for each factory and survey year, with the methodology's variables. A measure whose block
-- is not in the release is null; a factory without rows in a block that is there has zero.
with years as (
    select * from {{ source('asi', 'survey_years') }}
    where survey_year in {{ years }}
),

-- Where two returns share a key and a multiplier, the open one stands for the factory, else the one
-- that worked, else the first.
returns as (
    select
        *,
        row_number() over (
            partition by survey_year, factory_id
            order by
                case when is_open then 0 else 1 end,
                case when working_days > 0 then 0 else 1 end,
                line_number
        ) as candidate
    from {{ ref('stg_asi__block_a') }}
    where survey_year in {{ years }}
),

labour as (
    select * from {{ ref('int_factory_labour') }} where survey_year in {{ years }}
),

products as (
    select * from {{ ref('int_factory_products') }} where survey_year in {{ years }}
),

receipts as (
    select * from {{ ref('int_factory_receipts') }} where survey_year in {{ years }}
),

materials as (
    select * from {{ ref('int_factory_materials') }} where survey_year in {{ years }}
),

expenses as (
    select * from {{ ref('int_factory_expenses') }} where survey_year in {{ years }}
),

combined as (
    select
        returns.survey_year,
        years.raw_version,
        returns.factory_id,
        returns.factory_key,
        returns.nic_version,
        returns.nic_return,
        returns.nic_frame,
        returns.state_code,
        returns.district_code,
        returns.sector,
        returns.scheme,
        returns.unit_status,
        returns.is_open,
        returns.in_published_factories,
        returns.in_published_totals,
        returns.multiplier,
        cast(returns.units as {{ type_double() }}) as units,
        case when years.blocks like '%e%' then coalesce(labour.production_workers, 0) end
            as production_workers,
        case when years.blocks like '%e%' then coalesce(labour.skilled_workers, 0) end
            as skilled_workers,
        case when years.blocks like '%e%' then coalesce(labour.total_employees, 0) end
            as total_employees,
        case when years.blocks like '%e%' then coalesce(labour.production_worker_wages, 0) end
            as production_worker_wages,
        case when years.blocks like '%e%' then coalesce(labour.skilled_worker_wages, 0) end
            as skilled_worker_wages,
        case when years.blocks like '%e%' then coalesce(labour.total_employee_wages, 0) end
            as total_employee_wages,
        case when years.blocks like '%g%' and years.blocks like '%j%'
            then coalesce(products.ex_factory_value, 0) + coalesce(receipts.total_receipts, 0) end
            as total_output,
        case when years.blocks like '%f%' and years.blocks like '%h%' and years.blocks like '%i%'
            then coalesce(materials.materials_indigenous, 0) + coalesce(materials.materials_imported, 0)
                + coalesce(materials.fuels, 0) + coalesce(expenses.other_inputs, 0) end
            as total_input,
        returns.is_synthetic
    from returns
    inner join years on returns.survey_year = years.survey_year
    left join labour
        on returns.survey_year = labour.survey_year and returns.factory_id = labour.factory_id
    left join products
        on returns.survey_year = products.survey_year and returns.factory_id = products.factory_id
    left join receipts
        on returns.survey_year = receipts.survey_year and returns.factory_id = receipts.factory_id
    left join materials
        on returns.survey_year = materials.survey_year and returns.factory_id = materials.factory_id
    left join expenses
        on returns.survey_year = expenses.survey_year and returns.factory_id = expenses.factory_id
    where returns.candidate = 1
)

select
    *,
    total_output - total_input as gross_value_added
from combined
