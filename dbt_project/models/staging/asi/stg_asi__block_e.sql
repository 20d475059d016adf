-- One row for each labour category of a factory; `role` says which, totals included.
with source as (
    select * from {{ source('asi', 'block_e') }}
),

years as (
    select * from {{ source('asi', 'survey_years') }}
),

roles as (
    select * from {{ source('asi', 'row_roles') }}
    where block = 'e'
),

renamed as (
    select
        source.survey_year,
        {{ factory_id() }} as factory_id,
        years.unique_key,
        source.serial_number,
        coalesce(roles.role, 'named') as role,
        coalesce(roles.is_total, false) as is_total,
        {{ amount('source.mandays_manufacturing') }} as mandays_manufacturing,
        {{ amount('source.mandays_non_manufacturing') }} as mandays_non_manufacturing,
        {{ amount('source.mandays_total') }} as mandays_total,
        {{ amount('source.persons') }} as persons,
        {{ amount('source.mandays_paid') }} as mandays_paid,
        {{ amount('source.wages') }} as wages,
        {{ amount('source.bonus') }} as bonus,
        {{ amount('source.provident_fund') }} as provident_fund,
        {{ amount('source.welfare') }} as welfare
    from source
    inner join years on source.survey_year = years.survey_year
    left join roles
        on source.survey_year = roles.survey_year
        and source.serial_number = roles.serial_number
)

{{ without_exact_copies('renamed') }}
