{{ config(meta = {'dagster': {'ref': {'name': 'record_quality'}}}) }}
-- Blocks that were read and not looked at for records that can't be right, or counted without a number
-- and without a reason.
with examined as (
    select
        survey_year,
        block,
        count(*) as kinds,
        sum(case when records is null and null_reason is null then 1 else 0 end) as unexplained
    from {{ ref('record_quality') }}
    group by survey_year, block
)

select ingestion.survey_year, ingestion.block
from {{ ref('ingestion') }} as ingestion
left join examined
    on ingestion.survey_year = examined.survey_year and ingestion.block = examined.block
where coalesce(examined.kinds, 0) < case when ingestion.block = 'a' then 9 else 4 end
    or examined.unexplained > 0
