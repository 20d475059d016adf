-- Indicators of every state and cluster, in the states of the survey year; shares and quotients are
-- relative to all factories that the survey covers.
select
    {{ contract_columns() }}
from {{ ref('int_published_indicators') }}
where state_basis = 'official'
