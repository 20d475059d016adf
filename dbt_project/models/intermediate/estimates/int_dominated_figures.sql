-- FACTS parameters from the survey and ratios of cluster_indicators that would tell an amount of which one
-- factory makes nearly all, or the second largest could tell the largest: of a cluster in a state, and of
-- its districts. Such amounts are known of no more than cells and their districts; where one district, or
-- what the shown ones leave of the cell, tells of a factory, no district of the cell shows the figure.
{% set amounts = told_amounts().values() | sum(start = []) | unique | list -%}
{% set keys = 'domain, survey_year, state_code, cluster_code, place' -%}
with factories as (
    select * from {{ ref('int_factory_variables') }}
),

hidden_districts as (
    {{ hidden_families(['district_cluster'], ['state_code', 'district_code', 'cluster_code']) }}
),

years as (
    {{ controlled_years() }}
),

located as (
    select
        factories.*,
        -- the place of a factory among the districts that are shown; empty in what they leave
        case
            when coalesce(districts.production, 0) = 0 then coalesce(factories.district_code, '')
            else ''
        end as place
    from factories
    inner join years on factories.survey_year = years.survey_year
    left join hidden_districts as districts
        on factories.survey_year = districts.survey_year
        and factories.state_code = districts.state_code
        and factories.district_code = districts.district_code
        and factories.cluster_code = districts.cluster_code
    where years.is_controlled
),

parts as (
    {% for amount in amounts -%}
    {% for domain, place in [('state_cluster', "''"), ('district_cluster', 'place')] -%}
    select
        '{{ domain }}' as domain,
        survey_year,
        state_code,
        cluster_code,
        {{ place }} as place,
        '{{ amount }}' as amount,
        factory_id,
        abs({{ amount }}) * multiplier as part
    from located
    where {{ amount }} <> 0
    {{ 'union all' if not loop.last }}
    {% endfor -%}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

ranked as (
    select
        *,
        row_number() over (partition by {{ keys }}, amount order by part desc, factory_id) as size_rank
    from parts
),

sums as (
    select
        {{ keys }},
        amount,
        sum(part) as total,
        max(case when size_rank = 1 then part else 0 end) as largest,
        max(case when size_rank = 2 then part else 0 end) as second
    from ranked
    group by {{ keys }}, amount
),

tells as (
    {% for figure, told in told_amounts().items() -%}
    {% for amount in told -%}
    select
        '{{ figure }}' as figure,
        '{{ amount }}' as amount
    {{ 'union all' if not loop.last }}
    {% endfor -%}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
)

select distinct
    sums.domain,
    sums.survey_year,
    sums.state_code,
    sums.cluster_code,
    tells.figure,
    case sums.domain
        when 'state_cluster' then 'suppressed_primary'
        else 'suppressed_secondary'
    end as status
from sums
inner join tells on sums.amount = tells.amount
where
    sums.largest >= {{ var('disclosure_dominance') }} * sums.total
    or sums.total - sums.largest - sums.second < {{ var('disclosure_protection') }} * sums.largest
