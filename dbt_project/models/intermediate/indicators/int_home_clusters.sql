-- Location quotients of traded clusters in the states, what relatedness rests on: by employment, or by
-- factories where that is not known or hidden. A cell without factories has the quotient 0.
with cells as (
    select * from {{ ref('int_indicator_cells') }}
),

shown as (
    select * from {{ ref('int_shown_employment') }}
)

select
    cells.survey_year,
    cells.basis_state_code as state_code,
    cells.cluster_code,
    coalesce(case when not shown.is_quotient_hidden then cells.lq_employment end, cells.lq_units)
        as quotient
from cells
inner join shown
    on cells.survey_year = shown.survey_year
    and cells.basis_state_code = shown.state_code
    and cells.cluster_code = shown.cluster_code
where
    cells.state_basis = 'official'
    and cells.basis_state_code <> ''
    and cells.cluster_type = 'traded'
