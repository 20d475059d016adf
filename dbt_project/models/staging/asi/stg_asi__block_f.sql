-- One row for each factory: expenses other than materials and labour.
with source as (
    select * from {{ source('asi', 'block_f') }}
),

years as (
    select * from {{ source('asi', 'survey_years') }}
),

renamed as (
    select
        source.survey_year,
        {{ factory_id() }} as factory_id,
        years.unique_key,
        {{ amount('source.work_done_by_others') }} as work_done_by_others,
        {{ amount('source.repair_building') }} as repair_building,
        {{ amount('source.repair_plant_machinery') }} as repair_plant_machinery,
        {{ amount('source.repair_pollution_control') }} as repair_pollution_control,
        {{ amount('source.repair_other_assets') }} as repair_other_assets,
        {{ amount('source.operating_expenses') }} as operating_expenses,
        {{ amount('source.non_operating_expenses') }} as non_operating_expenses,
        {{ amount('source.own_construction_materials') }} as own_construction_materials,
        {{ amount('source.insurance') }} as insurance,
        {{ amount('source.rent_plant_machinery') }} as rent_plant_machinery,
        {{ amount('source.total_expenses') }} as total_expenses,
        {{ amount('source.research_development') }} as research_development,
        {{ amount('source.rent_building') }} as rent_building,
        {{ amount('source.rent_land') }} as rent_land,
        {{ amount('source.interest_paid') }} as interest_paid,
        {{ amount('source.resale_purchase_value') }} as resale_purchase_value,
        {{ amount('source.inward_transport') }} as inward_transport,
        {{ amount('source.outward_transport') }} as outward_transport
    from source
    inner join years on source.survey_year = years.survey_year
)

{{ without_exact_copies('renamed') }}
