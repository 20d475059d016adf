-- One row for each factory: output and receipts other than products.
with source as (
    select * from {{ source('asi', 'block_g') }}
),

years as (
    select * from {{ source('asi', 'survey_years') }}
),

renamed as (
    select
        source.survey_year,
        {{ factory_id() }} as factory_id,
        years.unique_key,
        {{ amount('source.income_from_services') }} as income_from_services,
        {{ amount('source.manufacturing_services') }} as manufacturing_services,
        {{ amount('source.non_manufacturing_services') }} as non_manufacturing_services,
        {{ amount('source.semi_finished_variation') }} as semi_finished_variation,
        {{ amount('source.electricity_sold') }} as electricity_sold,
        {{ amount('source.own_construction') }} as own_construction,
        {{ amount('source.resale_net_balance') }} as resale_net_balance,
        {{ amount('source.rent_received_plant_machinery') }} as rent_received_plant_machinery,
        {{ amount('source.total_receipts') }} as total_receipts,
        {{ amount('source.rent_received_building') }} as rent_received_building,
        {{ amount('source.rent_received_land') }} as rent_received_land,
        {{ amount('source.interest_received') }} as interest_received,
        {{ amount('source.resale_sale_value') }} as resale_sale_value,
        {{ amount('source.subsidies') }} as subsidies,
        {{ amount('source.production_subsidies') }} as production_subsidies
    from source
    inner join years on source.survey_year = years.survey_year
)

{{ without_exact_copies('renamed') }}
