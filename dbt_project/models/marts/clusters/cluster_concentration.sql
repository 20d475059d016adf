-- How far a cluster is concentrated in few states, by employment. States are those the survey covers that
-- year, with or without the cluster.
{% set resampled_indices = ['spatial_hhi', 'hoover_gini', 'ellison_glaeser'] -%}
with cells as (
    select
        *,
        share_of_cluster as share
    from {{ ref('int_shown_employment') }}
),

rules as (
    {{ indicator_rules(['quantile_factories']) }}
),

hidden as (
    {{ hidden_families(['cluster'], ['cluster_code']) }}
),

years as (
    {{ controlled_years() }}
),

resampled as (
    {{ resampled('cluster', resampled_indices) }}
),

-- the curve of the cluster's shares over the states' shares, from the least to the most specialised state
curve as (
    select
        *,
        sum(share) over (
            partition by survey_year, cluster_code
            order by share / nullif(state_share, 0), state_code
            rows between unbounded preceding and current row
        ) as cumulated,
        row_number() over (
            partition by survey_year, cluster_code order by share desc, state_code
        ) as rank
    from cells
),

sums as (
    select
        survey_year,
        cluster_code,
        max(cluster_name) as cluster_name,
        max(cluster_type) as cluster_type,
        cast(sum(factories_sampled) as bigint) as factories_sampled,
        count(*) as states,
        sum(case when factories_sampled > 0 then 1 else 0 end) as states_with_cluster,
        sum(share * share) as spatial_hhi,
        1 - sum(state_share * (2 * cumulated - share)) as hoover_gini,
        sum(power(share - state_share, 2)) as g,
        sum(power(state_share, 2)) as x2,
        sum(power(state_share, 3)) as x3,
        sum(squared_employees) / nullif(power(max(total_employees_cluster), 2), 0) as plant_hhi,
        sum(fourth_power_employees) / nullif(power(max(total_employees_cluster), 4), 0)
            as plant_fourth,
        sum(case when rank <= 4 then share else 0 end) as top_four_share,
        cast(sum(case when is_hidden then 1 else 0 end) as bigint) as hidden_cells,
        max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from curve
    group by survey_year, cluster_code
),

indices as (
    select
        *,
        case when factories_sampled > 1 and plant_hhi < 1 and x2 < 1
            then (g - (1 - x2) * plant_hhi) / ((1 - x2) * (1 - plant_hhi))
        end as ellison_glaeser,
        2 * (
            power(plant_hhi, 2) * (x2 - 2 * x3 + power(x2, 2))
            - plant_fourth * (x2 - 4 * x3 + 3 * power(x2, 2))
        ) as g_variance
    from sums
),

published as (
    select
        indices.survey_year,
        indices.cluster_code,
        indices.cluster_name,
        indices.cluster_type,
        indices.factories_sampled,
        indices.states,
        cast(indices.states_with_cluster as bigint) as states_with_cluster,
        {% for index in ['spatial_hhi', 'hoover_gini', 'top_four_share'] -%}
        case when hidden.survey_year is null then round(indices.{{ index }}, 6) end as {{ index }},
        {% endfor -%}
        -- sums of squares of factories tell the largest of few
        {% set has_factories -%}
        hidden.survey_year is null
            and (not years.is_controlled or indices.factories_sampled >= rules.quantile_factories)
        {%- endset -%}
        {% for index in ['plant_hhi', 'ellison_glaeser'] -%}
        case when {{ has_factories }} then round(indices.{{ index }}, 6) end as {{ index }},
        {% endfor -%}
        case when hidden.survey_year is null and indices.states > 1
            then round((indices.spatial_hhi - 1.0 / indices.states) / (1 - 1.0 / indices.states), 6)
        end as spatial_hhi_normalised,
        case when {{ has_factories }} and indices.g_variance > 0
            then round((indices.g - (1 - indices.x2) * indices.plant_hhi) / sqrt(indices.g_variance), 6)
        end as ellison_glaeser_z,
        indices.hidden_cells,
        {{ disclosure_status('hidden.status') }} as disclosure,
        case
            when hidden.survey_year is not null then hidden.status
            when indices.spatial_hhi is null then 'block_not_in_release'
            when not ({{ has_factories }}) then 'plant_hhi: suppressed_secondary'
            when indices.ellison_glaeser is null then 'ellison_glaeser: zero_denominator'
        end as null_reason,
        indices.is_synthetic
    from indices
    cross join rules
    inner join years on indices.survey_year = years.survey_year
    left join hidden
        on indices.survey_year = hidden.survey_year
        and indices.cluster_code = hidden.cluster_code
)

select
    published.*,
    {{ resampled_columns(resampled_indices) }}
from published
left join resampled
    on published.survey_year = resampled.survey_year
    and published.cluster_code = resampled.code
