-- One row for each indigenous input item of a factory; `role` says which rows are totals.
with source as (
    select * from {{ source('asi', 'block_h') }}
),

years as (
    select * from {{ source('asi', 'survey_years') }}
),

roles as (
    select * from {{ source('asi', 'row_roles') }}
    where block = 'h'
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
    -- the single file of 2000-01 has a table of electricity made and used (code H1) under this letter,
    -- with serial numbers of its own: no inputs
    where coalesce(source.block, '') <> 'H1'
)

{{ without_exact_copies('renamed') }}
