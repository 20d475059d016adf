-- This edition: what it is made of. One row.
select
    edition_id,
    cast(created_at as timestamp) as created_at,
    survey_years,
    facts_rounds,
    version.definitions_version,
    method_version,
    input_manifest_hash,
    package_versions,
    is_synthetic,
    settings,
    cast(git_commit as varchar) as git_commit,
    cast(git_dirty as boolean) as git_dirty,
    cast(git_null_reason as varchar) as git_null_reason
from {{ source('asi', 'edition') }} as edition
cross join {{ ref('int_definitions_version') }} as version
