-- The repository of reports on clusters, codified (source 002, section 5.1.ii): documents of all
-- rounds, each as the newest of them describes it, with what one searches by.
with told as (
    {{ registry_rows('document', [
        'document_kind', 'document_title', 'document_agency', 'document_reference',
        'document_link', 'document_language', 'document_themes',
    ], ['document_year']) }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by cluster_id, document_kind, lower(document_title), document_year
            order by age
        ) as place_by_age
    from told
),

named as (
    select * from {{ ref('named_clusters') }}
),

states as (
    select * from {{ ref('states') }}
)

select
    {{ dbt.hash(
        "ranked.cluster_id || '|' || ranked.document_kind || '|' || lower(ranked.document_title) "
        "|| '|' || cast(cast(ranked.document_year as bigint) as varchar)"
    ) }} as document_id,
    ranked.cluster_id,
    named.cluster_name,
    named.product,
    states.state_code,
    states.state_name,
    named.cluster_type,
    named.benchmark_cluster_code,
    named.benchmark_cluster_name,
    ranked.document_kind,
    ranked.document_title as title,
    cast(ranked.document_year as bigint) as document_year,
    ranked.document_agency as agency,
    ranked.document_reference as reference,
    ranked.document_link as link,
    ranked.document_language as language,
    ranked.document_themes as themes,
    case when named.cluster_id is null then 'cluster_not_described' end as null_reason,
    ranked.round,
    ranked.period,
    ranked.agency as told_by,
    ranked.is_synthetic
from ranked
left join named on ranked.cluster_id = named.cluster_id
left join states on {{ state_of_cluster('ranked.cluster_id') }} = states.state_code
where ranked.place_by_age = 1
