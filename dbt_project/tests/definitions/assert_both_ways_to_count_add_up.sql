-- Splitting codes by weights moves factories between clusters and loses none; where some clusters are
-- hidden, the rest need not add up.
select
    survey_year,
    sum(units_one_cluster) as units_one_cluster,
    sum(units_by_weights) as units_by_weights
from {{ ref('cluster_year_by_weights') }}
group by survey_year
having
    abs(sum(units_one_cluster) - sum(units_by_weights)) > 0.000001 * sum(units_one_cluster)
    or count(total_employees_by_weights) = count(*)
    and abs(sum(total_employees_one_cluster) - sum(total_employees_by_weights))
    > 0.000001 * sum(total_employees_one_cluster)
