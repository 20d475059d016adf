-- Figures from the survey are about clusters in states and districts, those of rounds about named
-- clusters; never the other way round.
select
    object_type,
    data_basis,
    count(*) as rows_found
from {{ ref('facts_metrics') }}
where (object_type = 'named_cluster') <> (data_basis = 'facts_fresh')
group by object_type, data_basis
