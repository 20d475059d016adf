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

strata as (
    select * from {{ ref('int_sampling_strata') }}
)

select
    factories.survey_year,
    factories.factory_id,
    factories.nic_version,
    coalesce(factories.nic_return, '') as nic_code,
    coalesce(factories.state_code, '') as state_code,
    coalesce(states.state_name, 'Not stated') as state_name,
    assignment.cluster_code,
    assignment.cluster_name,
    assignment.cluster_type,
    assignment.assignment_rule,
    factories.multiplier,
    -- factories that stand for themselves alone have no stratum and no variance
    coalesce(strata.stratum, '') as stratum,
    coalesce(strata.variance_scale, 0.0) as variance_scale,
    coalesce(strata.inverse_units, 0.0) as inverse_units,
    factories.first_production_year,
    {% for measure in measures() -%}
    factories.{{ measure }},
    {% endfor -%}
    factories.contract_workers,
    factories.mandays_paid,
    factories.imported_materials,
    factories.interest_paid,
    factories.is_synthetic
from factories
inner join assignment
    on factories.nic_version = assignment.nic_version
    and coalesce(factories.nic_return, '') = assignment.nic_return
    and coalesce(factories.nic_frame, '') = assignment.nic_frame
left join states on factories.state_code = states.state_code
left join strata
    on factories.survey_year = strata.survey_year
    and factories.factory_id = strata.factory_id
