-- What the models of small areas are made of: for each state and cluster, and each sampling stratum that
-- has open factories of theirs, how many there are, how many the stratum selected, whatever became of
-- them, and the sums and products of weighted values. Strata of one stand as they are: that a factory is
-- alone in its stratum is known, and needs no neighbour. In the states of the survey year, and in those
-- that stay the same in all years; a stratum lies in one state of either.
{% set measures = modelled_measures() -%}
with strata as (
    select * from {{ ref('int_sampling_strata') }}
),

open_factories as (
    select * from {{ ref('int_open_factory') }}
),

factories as (
    {% for basis, state in [
        ('official', 'open_factories.state_code'),
        ('harmonised', 'coalesce(harmonised.harmonised_state_code, open_factories.state_code)'),
    ] -%}
    select
        '{{ basis }}' as state_basis,
        open_factories.survey_year,
        open_factories.factory_id,
        {{ state }} as state_code,
        open_factories.cluster_code,
        {% for measure in measures -%}
        open_factories.{{ measure }},
        {% endfor -%}
        open_factories.multiplier
    from open_factories
    left join {{ ref('states_harmonised') }} as harmonised
        on open_factories.state_code = harmonised.state_code
    {{ 'union all' if not loop.last }}
    {% endfor -%}
)

select
    factories.state_basis,
    factories.survey_year,
    factories.state_code,
    factories.cluster_code,
    strata.own_stratum as stratum,
    count(*) as inside,
    max(strata.own_units) as selected,
    max(strata.own_scale) as scale,
    avg(strata.share_changed) as share_changed,
    {{ exact_sum('factories.multiplier') }} / count(*) as multiplier,
    {% for measure in measures -%}
    {{ exact_sum('factories.' ~ measure ~ ' * factories.multiplier') }} as {{ measure }}_sum,
    {% endfor -%}
    {% for one, other in modelled_pairs() -%}
    sum(
        factories.{{ one }} * factories.multiplier * factories.{{ other }} * factories.multiplier
    ) as {{ one }}_by_{{ other }}{{ ',' if not loop.last }}
    {% endfor -%}
from factories
inner join strata
    on factories.survey_year = strata.survey_year
    and factories.factory_id = strata.factory_id
group by
    factories.state_basis, factories.survey_year, factories.state_code, factories.cluster_code,
    strata.own_stratum
