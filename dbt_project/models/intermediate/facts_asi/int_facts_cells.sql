-- The objects of FACTS metrics from the survey: clusters in states, and in districts with enough sampled
-- factories, with what is hidden of them and of the totals that they are set against: their state's, and
-- the cluster's in the country. Unmapped industries and returns without a state are no object. Totals of
-- districts are never shown: they would join the districts of a cell to those of another.
with totals as (
    select * from {{ ref('int_estimates') }}
    where domain in {{ facts_domains() }} and state_basis = 'official'
),

hidden as (
    {{ hidden_families(
        ['state_cluster', 'district_cluster'],
        ['domain', 'state_code', 'district_code', 'cluster_code']
    ) }}
),

hidden_states as (
    {{ hidden_families(['state'], ['state_code']) }}
),

hidden_clusters as (
    {{ hidden_families(['cluster'], ['cluster_code']) }}
),

years as (
    {{ controlled_years() }}
)

select
    {% for key in facts_cell() -%}
    totals.{{ key }},
    {% endfor -%}
    totals.state_code
    || case when totals.domain = 'district_cluster' then '-' || totals.district_code else '' end
    || '-' || totals.cluster_code as object_id,
    totals.state_name,
    totals.cluster_name,
    totals.cluster_type,
    totals.factories_sampled,
    totals.units_estimated,
    totals.total_employees_estimated,
    totals.fixed_capital_estimated,
    {% for family in disclosure_families() -%}
    coalesce(hidden.{{ family }}, 0) = 1 as {{ family }}_hidden,
    {% endfor -%}
    hidden.status as hidden_status,
    case totals.domain
        when 'district_cluster' then years.is_controlled
        else coalesce(hidden_states.production, 0) = 1
    end as parent_hidden,
    case totals.domain
        when 'district_cluster' then 'suppressed_secondary'
        else hidden_states.status
    end as parent_status,
    coalesce(hidden_clusters.production, 0) = 1 as cluster_hidden,
    hidden_clusters.status as cluster_status,
    totals.is_synthetic
from totals
left join hidden using ({{ facts_cell() | join(', ') }})
inner join years on totals.survey_year = years.survey_year
left join hidden_states
    on totals.survey_year = hidden_states.survey_year
    and totals.state_code = hidden_states.state_code
left join hidden_clusters
    on totals.survey_year = hidden_clusters.survey_year
    and totals.cluster_code = hidden_clusters.cluster_code
where
    totals.cluster_code <> '0'
    and totals.state_code <> ''
    and (
        totals.domain = 'state_cluster'
        or totals.factories_sampled >= {{ var('disclosure_factories') }}
    )
