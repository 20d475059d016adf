-- FACTS parameters from every basis, each row with the basis that it rests on; objects of the survey and
-- named clusters have ids of their own.
select * from {{ ref('facts_asi_metrics') }}

union all

select * from {{ ref('facts_round_metrics') }}
