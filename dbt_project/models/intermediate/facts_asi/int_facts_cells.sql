-- The objects of FACTS metrics from the survey: clusters in states, and in districts with enough sampled
-- factories, with what is hidden of them. Unmapped industries and returns without a state are no object.
select
    totals.*,
    totals.state_code
    || case when totals.object_type = 'district_cluster' then '-' || totals.district_code else '' end
    || '-' || totals.cluster_code as object_id,
    {% for family in disclosure_families() -%}
    hidden.{{ family }} as {{ family }}_hidden,
    {% endfor -%}
    hidden.parent_production as parent_hidden,
    hidden.cluster_production as cluster_hidden,
    hidden.status as hidden_status,
    hidden.parent_status,
    hidden.cluster_status
from {{ ref('int_facts_totals') }} as totals
inner join {{ ref('int_facts_hidden') }} as hidden using ({{ facts_domain() | join(', ') }})
where
    totals.cluster_code <> '0'
    and totals.state_code <> ''
    and (
        totals.object_type = 'state_cluster'
        or totals.factories_sampled >= {{ var('disclosure_factories') }}
    )
