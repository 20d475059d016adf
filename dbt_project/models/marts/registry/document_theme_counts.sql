-- Themes of the repository with the documents that have them.
with themes as (
    select * from {{ ref('document_themes') }}
),

documents as (
    select * from {{ ref('cluster_documents') }}
),

-- that there is none of a theme is as invented as the documents are
repository as (
    select coalesce(max(case when is_synthetic then 1 else 0 end), 0) = 1 as is_synthetic from documents
)

select
    themes.theme_code,
    themes.theme_name,
    themes.source_place,
    count(documents.document_id) as documents,
    count(distinct documents.cluster_id) as clusters,
    repository.is_synthetic
from themes
cross join repository
left join documents
    on ';' || documents.themes || ';' like '%;' || themes.theme_code || ';%'
group by themes.theme_code, themes.theme_name, themes.source_place, repository.is_synthetic
