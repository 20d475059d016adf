-- Materials and fuels of each factory, indigenous (block H) and imported (block I). The total rows of
-- basic items and of imports hold the named items, so they are used alone; unmet electricity demand
-- is printed among the inputs and is none.
with indigenous as (
    select
        survey_year,
        factory_id,
        sum(
            case when role in ('total_basic', 'chemicals', 'packing', 'consumables')
                then purchase_value else 0 end
        ) as materials,
        sum(
            case when role in ('electricity_purchased', 'petrol_diesel', 'coal', 'gas', 'other_fuel')
                then purchase_value else 0 end
        ) as fuels
    from {{ ref('stg_asi__block_h') }}
    group by survey_year, factory_id
),

imported as (
    select
        survey_year,
        factory_id,
        sum(purchase_value) as materials
    from {{ ref('stg_asi__block_i') }}
    where role = 'total'
    group by survey_year, factory_id
)

select
    coalesce(indigenous.survey_year, imported.survey_year) as survey_year,
    coalesce(indigenous.factory_id, imported.factory_id) as factory_id,
    coalesce(indigenous.materials, 0) as materials_indigenous,
    coalesce(imported.materials, 0) as materials_imported,
    coalesce(indigenous.fuels, 0) as fuels
from indigenous
full outer join imported
    on indigenous.survey_year = imported.survey_year
    and indigenous.factory_id = imported.factory_id
