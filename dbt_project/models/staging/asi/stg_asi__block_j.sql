-- One row for each product of a factory; `role` says which rows are totals.
with source as (
    select * from {{ source('asi', 'block_j') }}
),

years as (
    select * from {{ source('asi', 'survey_years') }}
),

roles as (
    select * from {{ source('asi', 'row_roles') }}
    where block = 'j'
),

renamed as (
    select
        source.survey_year,
        {{ factory_id() }} as factory_id,
        years.unique_key,
        source.serial_number,
        coalesce(roles.role, 'named') as role,
        coalesce(roles.is_total, false) as is_total,
        source.item_code,
        source.unit_code,
        {{ amount('source.quantity_manufactured') }} as quantity_manufactured,
        {{ amount('source.quantity_sold') }} as quantity_sold,
        {{ amount('source.gross_sale_value') }} as gross_sale_value,
        {{ amount('source.excise_duty') }} as excise_duty,
        {{ amount('source.sales_tax') }} as sales_tax,
        {{ amount('source.goods_and_services_tax') }} as goods_and_services_tax,
        {{ amount('source.other_taxes') }} as other_taxes,
        {{ amount('source.other_expenses') }} as other_expenses,
        {{ amount('source.total_distributive_expenses') }} as total_distributive_expenses,
        {{ amount('source.subsidy') }} as subsidy,
        {{ amount('source.net_sale_rate') }} as net_sale_rate,
        {{ amount('source.ex_factory_value') }} as ex_factory_value
    from source
    inner join years on source.survey_year = years.survey_year
    left join roles
        on source.survey_year = roles.survey_year
        and source.serial_number = roles.serial_number
)

{{ without_exact_copies('renamed') }}
