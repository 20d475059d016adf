{% set percents = percent_fields() %}

-- One row for each factory and survey year, with its measures, the parts of ratios, and the
-- characteristics of the official tables. A variable is null where a block that makes it is not in the
-- release or the year's schedule does not ask it; a factory without rows in a block that is there has
-- zero.
with years as (
    select * from {{ source('asi', 'survey_years') }}
),

-- Where two returns share a key and a multiplier, the open one stands for the factory, else the one
-- that worked, else the first.
returns as (
    select
        *,
        row_number() over (
            partition by survey_year, factory_id
            order by
                case when is_open then 0 else 1 end,
                case when working_days > 0 then 0 else 1 end,
                line_number
        ) as candidate
    from {{ ref('stg_asi__block_a') }}
),

particulars as (
    select
        survey_year,
        factory_id,
        {% for code in factory_codes() -%}
        max({{ padded_code(code, 2) }}) as {{ code }},
        {% endfor -%}
        max(first_production_year) as first_production_year
    from {{ ref('stg_asi__block_b') }}
    group by survey_year, factory_id
),

amounts as (
    select * from {{ ref('int_factory_amounts') }}
),

available as (
    select
        survey_year,
        {% for variable in factory_variables() -%}
        max(case when variable = '{{ variable }}' and is_available then 1 else 0 end)
            as {{ variable }}
        {{- ',' if not loop.last }}
        {% endfor -%}
    from {{ ref('int_variable_availability') }}
    group by survey_year
),

combined as (
    select
        returns.survey_year,
        years.raw_version,
        returns.factory_id,
        returns.factory_key,
        returns.nic_version,
        returns.nic_return,
        returns.nic_frame,
        returns.state_code,
        returns.district_code,
        returns.sector,
        returns.scheme,
        returns.unit_status,
        returns.is_open,
        returns.in_published_factories,
        returns.in_published_totals,
        returns.multiplier,
        -- a year or a blank; releases print 0 and nonsense for "not known"
        case
            when particulars.first_production_year between 1700 and 2100
                then particulars.first_production_year
        end as first_production_year,
        {% for code in factory_codes() -%}
        particulars.{{ code }},
        {% endfor -%}
        cast(returns.working_days as {{ type_double() }}) as working_days,
        cast(returns.units as {{ type_double() }}) as units,
        {% for variable in factory_variables() -%}
        case when available.{{ variable }} = 1 then coalesce(amounts.{{ variable }}, 0)
            {{- ' * returns.' ~ percents[variable] ~ ' / 100.0' if variable in percents }} end
            as {{ variable }},
        {% endfor -%}
        returns.is_synthetic
    from returns
    inner join years on returns.survey_year = years.survey_year
    inner join available on returns.survey_year = available.survey_year
    left join particulars
        on returns.survey_year = particulars.survey_year
        and returns.factory_id = particulars.factory_id
    left join amounts
        on returns.survey_year = amounts.survey_year and returns.factory_id = amounts.factory_id
    where returns.candidate = 1
)

select
    *,
    {% for measure, formula in factory_formulas().items() -%}
    {{ formula }} as {{ measure }}{{ ',' if not loop.last }}
    {% endfor -%}
from combined
