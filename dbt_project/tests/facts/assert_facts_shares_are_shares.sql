-- Shares of counts, persons and value added lie between zero and one.
select
    parameter_code,
    object_id,
    value
from {{ ref('facts_asi_metrics') }}
where
    parameter_code in ('CP04', 'CP17', 'CP22', 'CV09', 'HB04', 'HF02', 'ST02', 'ST06', 'SH01', 'SH04',
        'SH06', 'SQ02', 'CU02', 'CV01')
    and (value < 0 or value > 1)
