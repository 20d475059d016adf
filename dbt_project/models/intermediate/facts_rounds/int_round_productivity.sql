-- Total factor productivity of each unit (CV05): the residual of ln value added on ln persons and
-- ln fixed capital within sector and period, by least squares over the units of all named clusters
-- of the period, all sectors sharing the two slopes. Units whose figures have no logarithm do not
-- count. A sector with one named cluster has nobody to be compared with; clusters without a
-- category are a sector together.
with categories as (
    select * from {{ ref('int_round_categories') }}
),

sample as (
    select * from {{ ref('int_round_sample') }}
    where is_fresh
),

answers as (
    select
        round,
        cluster_id,
        unit_hash,
        max(case when item = 'gross_value_added' then value end) as gross_value_added,
        max(case when item = 'persons' then value end) as persons,
        max(case when item = 'fixed_capital' then value end) as fixed_capital
    from {{ source('facts', 'round_answers') }}
    where schedule = 'unit' and item in ('gross_value_added', 'persons', 'fixed_capital')
    group by round, cluster_id, unit_hash
),

units as (
    select
        sample.period,
        sample.cluster_id,
        sample.unit_hash,
        coalesce(categories.cluster_code, '') as sector,
        answers.gross_value_added is not null and answers.persons is not null
        and answers.fixed_capital is not null as is_complete,
        case
            when answers.gross_value_added > 0 and answers.persons > 0 and answers.fixed_capital > 0
                then ln(answers.gross_value_added)
        end as y,
        case when answers.persons > 0 then ln(answers.persons) end as labour,
        case when answers.fixed_capital > 0 then ln(answers.fixed_capital) end as capital
    from sample
    inner join categories
        on sample.period = categories.period
        and sample.cluster_id = categories.cluster_id
    left join answers
        on sample.round = answers.round
        and sample.cluster_id = answers.cluster_id
        and sample.unit_hash = answers.unit_hash
),

sectors as (
    select
        period,
        sector,
        count(distinct cluster_id) as named_clusters,
        avg(y) as y,
        avg(labour) as labour,
        avg(capital) as capital
    from units
    where y is not null
    group by period, sector
),

centred as (
    select
        units.period,
        units.cluster_id,
        units.unit_hash,
        units.is_complete,
        sectors.named_clusters,
        units.y - sectors.y as y,
        units.labour - sectors.labour as labour,
        units.capital - sectors.capital as capital
    from units
    left join sectors
        on units.period = sectors.period
        and units.sector = sectors.sector
),

moments as (
    select
        period,
        sum(labour * labour) as labour_labour,
        sum(labour * capital) as labour_capital,
        sum(capital * capital) as capital_capital,
        sum(labour * y) as labour_y,
        sum(capital * y) as capital_y
    from centred
    where y is not null
    group by period
),

determinants as (
    select
        *,
        labour_labour * capital_capital - labour_capital * labour_capital as determinant
    from moments
),

slopes as (
    select
        period,
        (labour_y * capital_capital - capital_y * labour_capital) / determinant as labour_slope,
        (capital_y * labour_labour - labour_y * labour_capital) / determinant as capital_slope
    from determinants
    -- persons and capital that move together have no slopes of their own
    where determinant > 1e-9 * labour_labour * capital_capital
)

select
    centred.period,
    centred.cluster_id,
    centred.unit_hash,
    centred.y - slopes.labour_slope * centred.labour - slopes.capital_slope * centred.capital
        as residual,
    case
        when not centred.is_complete then 'not_answered'
        when centred.y is null then 'not_applicable'
        when centred.named_clusters < 2 then 'one_cluster_in_sector'
        when slopes.labour_slope is null then 'no_slopes'
        else 'answered'
    end as status
from centred
left join slopes on centred.period = slopes.period
