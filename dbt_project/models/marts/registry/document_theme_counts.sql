-- Themes of the repository with the documents that have them.
with themes as (
    select * from {{ ref('document_themes') }}
),

documents as (
    select * from {{ ref('cluster_documents') }}
)

select
    themes.theme_code,
    themes.theme_name,
    themes.source_place,
    count(documents.document_id) as documents,
    count(distinct documents.cluster_id) as clusters,
    coalesce(
        max(case when documents.is_synthetic then 1 else 0 end), 0
    ) = 1 as is_synthetic
from themes
left join documents
    on ';' || documents.themes || ';' like '%;' || themes.theme_code || ';%'
group by themes.theme_code, themes.theme_name, themes.source_place
