-- One row for each item of working capital and loans of a factory; `role` says which, totals included.
with source as (
    select * from {{ source('asi', 'block_d') }}
),

years as (
    select * from {{ source('asi', 'survey_years') }}
),

roles as (
    select * from {{ source('asi', 'row_roles') }}
    where block = 'd'
),

renamed as (
    select
        source.survey_year,
        {{ factory_id() }} as factory_id,
        years.unique_key,
        source.serial_number,
        coalesce(roles.role, 'named') as role,
        coalesce(roles.is_total, false) as is_total,
        {{ amount('source.opening') }} as opening,
        {{ amount('source.closing') }} as closing
    from source
    inner join years on source.survey_year = years.survey_year
    left join roles
        on source.survey_year = roles.survey_year
        and source.serial_number = roles.serial_number
)

{{ without_exact_copies('renamed') }}
