-- What the models of small areas are made of: for each state and cluster, and each sampling stratum that
-- has open factories of theirs, how many there are, how many the stratum selected, whatever became of
-- them, and the sums and products of weighted values. Strata of one stand as they are: that a factory is
-- alone in its stratum is known, and needs no neighbour.
{% set measures = modelled_measures() -%}
with selected as (
    select
        strata.survey_year,
        strata.factory_id,
        strata.stratum || case when strata.is_collapsed then '/' || strata.factory_id else '' end
            as stratum,
        factory.multiplier
    from {{ ref('int_sampling_strata') }} as strata
    inner join {{ ref('factory') }} as factory
        on strata.survey_year = factory.survey_year
        and strata.factory_id = factory.factory_id
),

sizes as (
    select
        survey_year,
        stratum,
        count(*) as selected,
        {{ exact_sum('multiplier') }} as multipliers
    from selected
    group by survey_year, stratum
),

factories as (
    select * from {{ ref('int_open_factory') }}
),

sums as (
    select
        factories.survey_year,
        factories.state_code,
        factories.cluster_code,
        selected.stratum,
        count(*) as inside,
        {{ exact_sum('factories.multiplier') }} as multipliers,
        {% for measure in measures -%}
        {{ exact_sum('factories.' ~ measure ~ ' * factories.multiplier') }} as {{ measure }}_sum,
        {% endfor -%}
        {% for one, other in modelled_pairs() -%}
        sum(
            factories.{{ one }} * factories.multiplier * factories.{{ other }} * factories.multiplier
        ) as {{ one }}_by_{{ other }}{{ ',' if not loop.last }}
        {% endfor -%}
    from factories
    inner join selected
        on factories.survey_year = selected.survey_year
        and factories.factory_id = selected.factory_id
    group by
        factories.survey_year, factories.state_code, factories.cluster_code, selected.stratum
)

select
    sums.survey_year,
    sums.state_code,
    sums.cluster_code,
    sums.stratum,
    sums.inside,
    sizes.selected,
    -- (1 - f) n / (n - 1); of a lone factory 1 - f, whose mean counts as zero
    greatest(1 - sizes.selected / sizes.multipliers, 0) * case
        when sizes.selected > 1
            then cast(sizes.selected as {{ type_double() }}) / (sizes.selected - 1)
        else 1.0
    end as scale,
    sums.multipliers / sums.inside as multiplier,
    {% for measure in measures -%}
    sums.{{ measure }}_sum,
    {% endfor -%}
    {% for one, other in modelled_pairs() -%}
    sums.{{ one }}_by_{{ other }}{{ ',' if not loop.last }}
    {% endfor -%}
from sums
inner join sizes
    on sums.survey_year = sizes.survey_year
    and sums.stratum = sizes.stratum
