-- One row for each imported input item of a factory; `role` says which rows are totals.
with source as (
    select * from {{ source('asi', 'block_i') }}
),

years as (
    select * from {{ source('asi', 'survey_years') }}
),

roles as (
    select * from {{ source('asi', 'row_roles') }}
    where block = 'i'
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
        {{ amount('source.quantity') }} as quantity,
        {{ amount('source.purchase_value') }} as purchase_value,
        {{ amount('source.rate') }} as rate
    from source
    inner join years on source.survey_year = years.survey_year
    left join roles
        on source.survey_year = roles.survey_year
        and source.serial_number = roles.serial_number
)

{{ without_exact_copies('renamed') }}
