-- Figures of named clusters whose standard error would tell what one unit answered, and by which rule
-- (docs/decisions/0008-disclosure.md); the figures themselves are shown.
--
-- A total or mean of units and its error tell the weighted sum of squares within strata. The owner of
-- any unit must not know by it the largest other one to the protection level: a tenth more of the
-- largest, taken from the others of its stratum in equal parts, adds to the squares no more than goes
-- away when the others of each stratum become alike. Amounts without sign; who answered is known.
{% set move = var('disclosure_protection') %}
with amounts as (
    select
        period,
        cluster_id,
        parameter_code,
        component,
        unit_hash,
        stratum,
        variance_scale,
        abs(y) * weight as amount
    from {{ ref('int_round_unit_values') }}
    where status = 'answered' and is_money and statistic in ('total', 'mean', 'growth')
),

ranked as (
    select
        *,
        row_number() over (
            partition by period, cluster_id, parameter_code, component
            order by amount desc, unit_hash
        ) as place
    from amounts
),

-- of each unit's owner, the largest other unit
pairs as (
    select
        owners.period,
        owners.cluster_id,
        owners.parameter_code,
        owners.component,
        owners.unit_hash as owner_hash,
        largest.unit_hash as largest_hash,
        largest.stratum,
        largest.variance_scale,
        largest.amount
    from ranked as owners
    inner join ranked as largest
        on owners.period = largest.period
        and owners.cluster_id = largest.cluster_id
        and owners.parameter_code = largest.parameter_code
        and owners.component = largest.component
        and largest.place = case when owners.place = 1 then 2 else 1 end
    where largest.variance_scale > 0 and largest.amount > 0
),

others as (
    select
        pairs.period,
        pairs.cluster_id,
        pairs.parameter_code,
        pairs.component,
        pairs.owner_hash,
        amounts.stratum,
        max(amounts.variance_scale)
        * (sum(amounts.amount * amounts.amount) - sum(amounts.amount) * avg(amounts.amount)) as squares,
        avg(amounts.amount) as mean,
        count(*) as units
    from pairs
    inner join amounts
        on pairs.period = amounts.period
        and pairs.cluster_id = amounts.cluster_id
        and pairs.parameter_code = amounts.parameter_code
        and pairs.component = amounts.component
        and amounts.unit_hash not in (pairs.owner_hash, pairs.largest_hash)
    group by
        pairs.period, pairs.cluster_id, pairs.parameter_code, pairs.component, pairs.owner_hash,
        amounts.stratum
),

moves as (
    select
        pairs.period,
        pairs.cluster_id,
        pairs.parameter_code,
        pairs.component,
        coalesce(sum(others.squares), 0) as squares_of_others,
        pairs.variance_scale * {{ move }} * pairs.amount * (
            2 * (
                pairs.amount
                - coalesce(max(case when others.stratum = pairs.stratum then others.mean end), 0)
            )
            + {{ move }} * pairs.amount * (
                1 + coalesce(max(case when others.stratum = pairs.stratum then 1.0 / others.units end), 0)
            )
        ) as squares_of_move
    from pairs
    left join others
        on pairs.period = others.period
        and pairs.cluster_id = others.cluster_id
        and pairs.parameter_code = others.parameter_code
        and pairs.component = others.component
        and pairs.owner_hash = others.owner_hash
    group by
        pairs.period, pairs.cluster_id, pairs.parameter_code, pairs.component, pairs.owner_hash,
        pairs.variance_scale, pairs.amount
),

squares as (
    select distinct
        period,
        cluster_id,
        parameter_code,
        component
    from moves
    where squares_of_others < squares_of_move
),

-- growth has the errors of both its totals
earlier_round as (
    select
        growth.period,
        growth.cluster_id,
        growth.parameter_code,
        growth.component
    from {{ ref('int_round_growth') }} as growth
    inner join squares
        on growth.earlier_period = squares.period
        and growth.cluster_id = squares.cluster_id
        and growth.parameter_code = squares.parameter_code
        and growth.component = squares.component
),

-- a median with its limits, or the width of the interval that its error is of, where these end at the
-- least or the largest answer
extremes as (
    select
        medians.period,
        medians.cluster_id,
        medians.parameter_code,
        medians.component
    from {{ ref('int_round_medians') }} as medians
    inner join {{ ref('int_round_unit_values') }} as units
        on medians.period = units.period
        and medians.cluster_id = units.cluster_id
        and medians.parameter_code = units.parameter_code
        and medians.component = units.component
        and units.status = 'answered'
    group by
        medians.period, medians.cluster_id, medians.parameter_code, medians.component,
        medians.interval_low, medians.interval_high, medians.limit_low, medians.limit_high
    having
        medians.limit_low < medians.limit_high
        and (
            least(medians.interval_low, medians.limit_low) = min(units.y)
            or greatest(medians.interval_high, medians.limit_high) = max(units.y)
        )
),

together as (
    {% for rule in ['squares', 'earlier_round', 'extremes'] -%}
    select
        *,
        '{{ rule }}' as rule
    from {{ rule }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
)

select
    period,
    cluster_id,
    parameter_code,
    component,
    max(rule) as rule
from together
group by period, cluster_id, parameter_code, component
