-- Open factories with their state and cluster: what every cluster total adds up.
with factories as (
    select * from {{ ref('factory') }}
    where is_open
),

assignment as (
    select * from {{ ref('int_nic_assignment') }}
),

states as (
    select * from {{ ref('states') }}
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
    {% for measure in measures() -%}
    factories.{{ measure }},
    {% endfor -%}
    factories.is_synthetic
from factories
inner join assignment
    on factories.nic_version = assignment.nic_version
    and coalesce(factories.nic_return, '') = assignment.nic_return
    and coalesce(factories.nic_frame, '') = assignment.nic_frame
left join states on factories.state_code = states.state_code
