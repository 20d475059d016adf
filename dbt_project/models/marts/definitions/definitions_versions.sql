-- The changelog of the definitions.
with

versions as (

    select * from {{ ref('definitions_changes') }}

)

select
    definitions_version,
    sequence,
    released_on,
    changes,
    false as is_synthetic
from versions
