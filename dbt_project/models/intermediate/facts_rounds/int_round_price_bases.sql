-- What the relative prices of each named cluster are set against: the national median of the product or
-- material, the reference price that each unit was asked for, or both, where some have no median.
with unit_values as (
    select * from {{ ref('int_round_unit_values') }}
    where status = 'answered'
),

prices as (
    select * from {{ ref('int_round_prices') }}
),

references_of as (
    select distinct
        parameter_code,
        item
    from {{ ref('int_round_terms') }}
    where item like '%_reference_price'
)

select
    unit_values.period,
    unit_values.cluster_id,
    unit_values.parameter_code,
    case
        when count(prices.item) = count(*) then 'national_median'
        when count(prices.item) = 0 then 'reference_price'
        else 'national_median_and_reference_price'
    end as value_basis
from unit_values
inner join references_of on unit_values.parameter_code = references_of.parameter_code
left join prices
    on unit_values.period = prices.period
    and unit_values.cluster_id = prices.cluster_id
    and unit_values.unit_hash = prices.unit_hash
    and references_of.item = prices.item
group by unit_values.period, unit_values.cluster_id, unit_values.parameter_code
