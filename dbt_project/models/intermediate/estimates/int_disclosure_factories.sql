-- Open factories of the survey years that disclosure control applies to, with the keys of every
-- published cell that they are in.
with years as (
    {{ controlled_years() }}
),

factories as (
    select * from {{ ref('int_factory_variables') }}
)

select
    factories.survey_year,
    factories.state_code,
    coalesce(factories.district_code, '') as district_code,
    factories.sector,
    factories.cluster_code,
    factories.nic_version,
    factories.nic_code,
    factories.assignment_rule,
    factories.multiplier,
    {% for measure in measures() if measure_family(measure) -%}
    factories.{{ measure }}{{ ',' if not loop.last }}
    {% endfor -%}
from factories
inner join years on factories.survey_year = years.survey_year
where years.is_controlled
