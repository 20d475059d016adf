-- Location quotients of traded clusters in the states, what relatedness rests on: by employment, or by
-- factories where that is not known or hidden. A cell without factories has the quotient 0.
select
    survey_year,
    state_code,
    cluster_code,
    coalesce(case when not is_quotient_hidden then lq_employment end, lq_units) as quotient
from {{ ref('int_indicator_cells') }}
where
    state_basis = 'official'
    and state_code <> ''
    and cluster_type = 'traded'
