-- What was read: one row for each block and survey year.
select
    survey_year,
    block,
    source_file,
    source_sha256,
    layout,
    cast(rows_read as bigint) as rows_read,
    cast(rows_kept as bigint) as rows_kept,
    cast(rows_rejected as bigint) as rows_rejected,
    cast(numbers_restored as bigint) as numbers_restored,
    cast(bytes as bigint) as bytes,
    cast(loaded_at as timestamp) as loaded_at,
    is_synthetic
from {{ source('asi', 'ingestion') }}
