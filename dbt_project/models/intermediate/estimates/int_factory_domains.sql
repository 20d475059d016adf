-- Factories under their cell of each domain that the seed estimation_domains lists: once in its state, once
-- in its district, and so on. Keys that a domain has not are empty. `industry` is the factory's own.
{% set variables = estimated_variables('recipes') -%}
with factories as (
    select * from {{ ref('int_factory_variables') }}
),

domains as (
    select * from {{ ref('estimation_domains') }}
),

harmonised as (
    select * from {{ ref('states_harmonised') }}
)

select
    domains.domain,
    domains.state_basis,
    domains.variables,
    factories.survey_year,
    factories.factory_id,
    {{ key_in_domain('state_code') }},
    case
        when domains.by_state then coalesce(harmonised.harmonised_state_name, factories.state_name)
    end as state_name,
    {{ key_in_domain('district_code') }},
    {{ key_in_domain('sector') }},
    {{ key_in_domain('cluster_code') }},
    case when domains.by_cluster then factories.cluster_name end as cluster_name,
    case when domains.by_cluster then factories.cluster_type end as cluster_type,
    {{ key_in_domain('nic_version') }},
    {{ key_in_domain('nic_code') }},
    {{ key_in_domain('assignment_rule') }},
    factories.nic_code as industry,
    factories.multiplier,
    factories.stratum,
    factories.variance_scale,
    factories.inverse_units,
    factories.first_production_year,
    {% for variable in variables if variable not in of_cells() -%}
    factories.{{ variable }},
    {% endfor -%}
    factories.is_synthetic
from factories
cross join domains
left join harmonised
    on domains.state_basis = 'harmonised'
    and factories.state_code = harmonised.state_code
where not domains.by_district or factories.district_code is not null
