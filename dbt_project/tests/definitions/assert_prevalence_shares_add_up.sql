-- Every factory of a state is coded in one of the ways.
select
    survey_year,
    state_code,
    sum(units_share) as units_share
from {{ ref('nic_prevalence') }}
group by
    survey_year,
    state_code
having abs(sum(units_share) - 1) > 0.000001
