-- Open factories with their state, cluster and sampling stratum: what every total adds up.
with factories as (
    select * from {{ ref('factory') }}
    where is_open
),

assignment as (
    select * from {{ ref('int_nic_assignment') }}
),

states as (
    select * from {{ ref('states') }}
),

former as (
    select * from {{ ref('state_former_names') }}
),

strata as (
    select * from {{ ref('int_sampling_strata') }}
),

years as (
    select * from {{ source('asi', 'survey_years') }}
)

select
    factories.survey_year,
    factories.factory_id,
    factories.nic_version,
    coalesce(factories.nic_return, '') as nic_code,
    coalesce(factories.state_code, '') as state_code,
    coalesce(former.state_name, states.state_name, 'Not stated') as state_name,
    assignment.cluster_code,
    assignment.cluster_name,
    assignment.cluster_type,
    assignment.assignment_rule,
    factories.multiplier,
    -- factories that stand for themselves alone have no stratum and no variance
    coalesce(strata.stratum, '') as stratum,
    coalesce(strata.variance_scale, 0.0) as variance_scale,
    coalesce(strata.inverse_units, 0.0) as inverse_units,
    factories.district_code,
    {{ sector_of('factories') }} as sector,
    factories.first_production_year,
    factories.working_days,
    {% for code in factory_codes() -%}
    factories.{{ code }},
    {% endfor -%}
    {% for measure in measures() -%}
    factories.{{ measure }},
    {% endfor -%}
    {% for variable in factory_variables() if variable not in measures() -%}
    factories.{{ variable }},
    {% endfor -%}
    -- began to produce in the three years to the end of the survey year; where block B is missing or
    -- says no year, neither new nor old
    case when years.blocks like '%b%' then
        case
            when factories.first_production_year > cast(substr(factories.survey_year, 1, 4) as integer) - 2
                then 1.0
            else 0.0
        end
    end as recent_factories,
    case when years.blocks like '%b%' then
        case when factories.first_production_year is not null then 1.0 else 0.0 end
    end as dated_factories,
    power(factories.total_employees, 2) as squared_employees,
    power(factories.total_employees, 4) as fourth_power_employees,
    factories.is_synthetic
from factories
inner join assignment
    on factories.nic_version = assignment.nic_version
    and coalesce(factories.nic_return, '') = assignment.nic_return
    and coalesce(factories.nic_frame, '') = assignment.nic_frame
inner join years on factories.survey_year = years.survey_year
left join states on factories.state_code = states.state_code
left join former
    on factories.state_code = former.state_code
    and factories.survey_year <= former.last_survey_year
left join strata
    on factories.survey_year = strata.survey_year
    and factories.factory_id = strata.factory_id
