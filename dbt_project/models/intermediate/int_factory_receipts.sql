-- Total receipts of each factory: the six kinds that the schedule's own total held to 2014-15, added
-- item by item, since later schedules print no total. Items that a year's schedule does not have are
-- zero in it.
select
    survey_year,
    factory_id,
    sum(
        income_from_services + manufacturing_services + non_manufacturing_services
        + semi_finished_variation + electricity_sold + own_construction
        + resale_net_balance + rent_received_plant_machinery
    ) as total_receipts
from {{ ref('stg_asi__block_g') }}
group by survey_year, factory_id
