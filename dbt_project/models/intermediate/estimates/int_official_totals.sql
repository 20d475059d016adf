-- Totals by the official tables' own filter, all India, by division of NIC-2008 and by state, in the
-- units they are published in (number, Rs lakh). The number of factories counts one status more than the
-- totals do. A variable is null where the release does not have what makes it. Multiplier as printed.
with stg_block_a as (
    select * from {{ ref('stg_asi__block_a') }}
),

factory as (
    select * from {{ ref('factory') }}
),

-- the industries that the official table of a year has a row for
printed_divisions as (
    select
        survey_year,
        nic2 as nic_division
    from {{ ref('asi_published_totals') }}
    where nic2 <> ''
    group by survey_year, nic2
),

returns as (
    {{ with_published_division('stg_block_a', 'printed_divisions', 'true') }}
),

factories as (
    {{ with_published_division('factory', 'printed_divisions', 'in_published_totals') }}
),

variables as (
    select * from {{ ref('official_characteristics') }}
),

counts as (
    select
        survey_year,
        nic_division,
        coalesce(state_code, '') as state_code,
        {{ exact_sum('case when in_published_factories then units * multiplier else 0 end') }}
            as number_of_factories,
        {{ exact_sum('case when in_published_totals then units * multiplier else 0 end') }}
            as factories_in_operation
    from returns
    group by survey_year, nic_division, coalesce(state_code, '')
),

totals as (
    select
        survey_year,
        nic_division,
        coalesce(state_code, '') as state_code,
        {% for variable, expression in official_variables().items() -%}
        {{ exact_sum('(' ~ expression ~ ') * multiplier') }} as {{ variable }}{{ ',' if not loop.last }}
        {% endfor -%}
    from factories
    group by survey_year, nic_division, coalesce(state_code, '')
),

joined as (
    select
        counts.survey_year,
        counts.nic_division,
        counts.state_code,
        counts.number_of_factories,
        counts.factories_in_operation,
        {% for variable in official_variables() -%}
        totals.{{ variable }}{{ ',' if not loop.last }}
        {% endfor -%}
    from counts
    left join totals
        on counts.survey_year = totals.survey_year
        and counts.nic_division = totals.nic_division
        and counts.state_code = totals.state_code
),

{% set columns = ['number_of_factories', 'factories_in_operation'] + official_variables() | list -%}
{%- set geographies = [("'all-india'", "''"), ("'all-india'", 'nic_division'), ('state_code', "''")] -%}
by_geography as (
    {% for geography, division in geographies -%}
    select
        survey_year,
        {{ geography }} as geography,
        {{ division }} as nic_division,
        {% for variable in columns -%}
        {{ exact_sum(variable) }} as {{ variable }}{{ ',' if not loop.last }}
        {% endfor -%}
    from joined
    where {{ division }} <> 'not published'
    group by survey_year
        {{- ', state_code' if geography == 'state_code' }}
        {{- ', nic_division' if division == 'nic_division' }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
)

select
    by_geography.survey_year,
    by_geography.geography,
    by_geography.nic_division,
    variables.variable,
    case variables.variable
        {% for variable in columns -%}
        when '{{ variable }}' then by_geography.{{ variable }}
        {% endfor -%}
    end / case when variables.unit = 'Rs lakh' then 100000.0 else 1.0 end as value
from by_geography
cross join variables
