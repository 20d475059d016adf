-- Who pays the development expenditure of a cluster under each rule of source 001 (sections 3.8 and
-- 4.2.4): shares, and what they make of the capacity budget of section 4.3 over five years.
with rules as (
    select
        *,
        cast(stakeholders + implementing_agency + support_institutions as {{ type_double() }})
            as parts
    from {{ ref('contribution_rules') }}
),

budget as (
    select
        low,
        high
    from {{ ref('resource_requirements') }}
    where part = 'capacity_budget'
),

shares as (
    {% for payer in ['stakeholders', 'implementing_agency', 'support_institutions'] -%}
    select
        rule,
        cluster_kind,
        '{{ payer }}' as payer,
        {{ payer }} / parts as share,
        source_place
    from rules
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    shares.rule,
    shares.cluster_kind,
    shares.payer,
    shares.share,
    shares.share * budget.low as low_lakh,
    shares.share * budget.high as high_lakh,
    'Source 001, ' || shares.source_place as source,
    false as is_synthetic
from shares
cross join budget
