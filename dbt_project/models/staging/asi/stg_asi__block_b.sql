-- One row for each factory that answered: who owns it and since when it produces.
with source as (
    select * from {{ source('asi', 'block_b') }}
),

years as (
    select * from {{ source('asi', 'survey_years') }}
),

renamed as (
    select
        source.survey_year,
        {{ factory_id() }} as factory_id,
        years.unique_key,
        source.organisation_type,
        source.ownership_type,
        source.company_units,
        source.company_units_in_state,
        source.first_production_year,
        source.accounting_year_from,
        source.accounting_year_to,
        source.months_of_operation,
        source.computerised_accounts,
        source.data_on_computer_media,
        source.plant_machinery_investment,
        source.iso_certification,
        source.corporate_identification_number,
        source.foreign_share,
        source.research_unit,
        source.formal_training
    from source
    inner join years on source.survey_year = years.survey_year
)

{{ without_exact_copies('renamed') }}
