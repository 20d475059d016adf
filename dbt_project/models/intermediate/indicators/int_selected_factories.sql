-- Every factory that the survey selected, with its stratum, also those that turned out closed: what another
-- sample of the same design would be drawn from. Cluster and measures are missing where it is not open.
{% set measures = star_measures() -%}
with factories as (
    select * from {{ ref('factory') }}
),

strata as (
    select * from {{ ref('int_sampling_strata') }}
),

open_factories as (
    select * from {{ ref('int_open_factory') }}
)

select
    factories.survey_year,
    factories.factory_id,
    coalesce(factories.state_code, '') as state_code,
    factories.multiplier,
    coalesce(strata.stratum, '') as stratum,
    coalesce(strata.variance_scale, 0.0) as variance_scale,
    open_factories.cluster_code,
    {% for measure in measures -%}
    open_factories.{{ measure }}{{ ',' if not loop.last }}
    {% endfor -%}
from factories
left join strata
    on factories.survey_year = strata.survey_year
    and factories.factory_id = strata.factory_id
left join open_factories
    on factories.survey_year = open_factories.survey_year
    and factories.factory_id = open_factories.factory_id
where factories.is_open or strata.stratum is not null
