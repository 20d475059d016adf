-- 5 digits for codes, 4 for classes, so that a look-up by the one can't meet the other.
select *
from {{ ref('int_nic_cluster') }}
where length(nic_code) <> case when code_level = 'class' then 4 else 5 end
