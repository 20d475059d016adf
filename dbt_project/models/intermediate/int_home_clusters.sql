-- Location quotients of traded clusters in the states, what relatedness rests on. A cell without factories
-- has the quotient 0.
select
    survey_year,
    basis_state_code as state_code,
    cluster_code,
    coalesce(lq_employment, lq_units) as quotient
from {{ ref('int_indicator_cells') }}
where
    state_basis = 'official'
    and basis_state_code <> ''
    and cluster_type = 'traded'
