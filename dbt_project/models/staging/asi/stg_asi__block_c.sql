-- One row for each kind of fixed asset of a factory; `role` says which, totals included.
with source as (
    select * from {{ source('asi', 'block_c') }}
),

years as (
    select * from {{ source('asi', 'survey_years') }}
),

roles as (
    select * from {{ source('asi', 'row_roles') }}
    where block = 'c'
),

renamed as (
    select
        source.survey_year,
        {{ factory_id() }} as factory_id,
        years.unique_key,
        source.serial_number,
        coalesce(roles.role, 'named') as role,
        coalesce(roles.is_total, false) as is_total,
        {{ amount('source.gross_opening') }} as gross_opening,
        {{ amount('source.revaluation') }} as revaluation,
        {{ amount('source.addition') }} as addition,
        {{ amount('source.deduction') }} as deduction,
        {{ amount('source.gross_closing') }} as gross_closing,
        {{ amount('source.depreciation_opening') }} as depreciation_opening,
        {{ amount('source.depreciation_year') }} as depreciation_year,
        {{ amount('source.depreciation_adjustment') }} as depreciation_adjustment,
        {{ amount('source.depreciation_closing') }} as depreciation_closing,
        {{ amount('source.net_opening') }} as net_opening,
        {{ amount('source.net_closing') }} as net_closing
    from source
    inner join years on source.survey_year = years.survey_year
    left join roles
        on source.survey_year = roles.survey_year
        and source.serial_number = roles.serial_number
)

{{ without_exact_copies('renamed') }}
