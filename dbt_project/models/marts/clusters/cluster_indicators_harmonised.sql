-- The same in states that stay the same in all years: states that split or merged are one. Stars are given
-- in official states only.
select
    {{ contract_columns() }}
from {{ ref('int_published_indicators') }}
where state_basis = 'harmonised'
