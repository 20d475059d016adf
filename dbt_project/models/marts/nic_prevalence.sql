-- How far industry codes reach: what share of open factories, of their employment and of their value
-- added carries a listed 5-digit code, and what has to fall back.
{% set counted = ['units', 'total_employees', 'gross_value_added'] %}
with

factories as (

    select
        *,
        case
            when assignment_rule = 'code of the return' and cluster_code = '0'
                then 'code_without_cluster'
            when assignment_rule = 'code of the return' then 'code'
            when assignment_rule = 'class of the return' then 'class'
            when assignment_rule = 'class of the frame' then 'frame_class'
            else 'unmapped'
        end as coding
    from {{ ref('int_open_factory') }}

),

gaps as (

    select * from {{ ref('int_survey_year_gaps') }}

),

totals as (

    select
        survey_year,
        state_code,
        state_name,
        nic_version,
        coding,
        count(*) as factories_sampled,
        {% for measure in counted -%}
        sum({{ measure }} * multiplier) as {{ measure }}_estimated,
        {% endfor -%}
        max(case when is_synthetic then 1 else 0 end) as synthetic
    from factories
    group by
        survey_year,
        state_code,
        state_name,
        nic_version,
        coding

)

select
    totals.survey_year,
    totals.state_code,
    totals.state_name,
    totals.nic_version,
    totals.coding,
    totals.factories_sampled,
    {% for measure in counted -%}
    totals.{{ measure }}_estimated,
    totals.{{ measure }}_estimated
    / nullif(
        sum(totals.{{ measure }}_estimated) over (
            partition by totals.survey_year, totals.state_code
        ),
        0
    ) as {{ measure }}_share,
    {% endfor -%}
    gaps.null_reason,
    totals.synthetic = 1 as is_synthetic
from totals
inner join gaps on totals.survey_year = gaps.survey_year
