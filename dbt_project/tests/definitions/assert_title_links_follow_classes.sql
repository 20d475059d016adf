-- A pair of codes lies in a pair of classes that the official correspondence knows.
select
    code_pairs.to_version,
    code_pairs.from_code,
    code_pairs.to_code
from {{ ref('nic_concordance') }} as code_pairs
left join {{ ref('nic_concordance') }} as class_pairs
    on code_pairs.to_version = class_pairs.to_version
    and substring(code_pairs.from_code, 1, 4) = class_pairs.from_code
    and substring(code_pairs.to_code, 1, 4) = class_pairs.to_code
where
    code_pairs.basis in ('exact_title', 'reworded_title')
    and class_pairs.from_code is null
