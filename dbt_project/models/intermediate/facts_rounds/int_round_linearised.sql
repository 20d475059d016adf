-- What each unit adds to the error of each single figure of its named cluster: the linearised values that the
-- variances of int_round_estimates are of, and of a median how far the unit moves the share below it. Of
-- a total that growth is made of, they are over the total: growth is a ratio of two rounds'.
with units as (
    select * from {{ ref('int_round_unit_values') }}
    where component = 'total'
),

estimates as (
    select * from {{ ref('int_round_estimates') }}
    where component = 'total'
),

medians as (
    select * from {{ ref('int_round_medians') }}
    where component = 'total'
)

select
    units.period,
    units.cluster_id,
    units.unit_hash,
    units.parameter_code,
    units.statistic,
    units.stratum,
    units.inverse_units,
    units.variance_scale,
    {{ linearised_answer('units', 'estimates') }}
    / case when units.statistic = 'growth' then estimates.estimate else 1 end as z
from units
inner join estimates
    on units.period = estimates.period
    and units.cluster_id = estimates.cluster_id
    and units.parameter_code = estimates.parameter_code
where
    estimates.estimate is not null
    and (units.statistic <> 'growth' or estimates.estimate > 0)

union all

-- the median rises where less lies below it
select
    units.period,
    units.cluster_id,
    units.unit_hash,
    units.parameter_code,
    units.statistic,
    units.stratum,
    units.inverse_units,
    units.variance_scale,
    case
        when units.status <> 'answered' then 0
        else -units.weight * (case when units.y <= medians.median then 1 else 0 end - medians.share_below)
    end as z
from units
inner join medians
    on units.period = medians.period
    and units.cluster_id = medians.cluster_id
    and units.parameter_code = medians.parameter_code
where units.statistic = 'median'
