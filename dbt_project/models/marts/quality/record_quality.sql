-- Records that were read and can't be right: how many of each kind, and what became of them.
select
    survey_year,
    block,
    kind,
    records,
    treatment,
    is_warning,
    meaning,
    remedy,
    null_reason,
    is_synthetic
from {{ source('asi', 'record_quality') }}
