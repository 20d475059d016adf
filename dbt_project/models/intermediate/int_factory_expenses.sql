-- Other inputs of each factory: items 1 to 6 of block F, as the schedule's own total held them to
-- 2014-15. Item 4 is non-operating expenses to 2014-15 and materials for own construction after.
select
    survey_year,
    factory_id,
    sum(
        work_done_by_others
        + repair_building + repair_plant_machinery + repair_pollution_control + repair_other_assets
        + operating_expenses + non_operating_expenses + own_construction_materials
        + insurance + rent_plant_machinery
    ) as other_inputs
from {{ ref('stg_asi__block_f') }}
group by survey_year, factory_id
