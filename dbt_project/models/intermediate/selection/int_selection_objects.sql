-- What may be chosen: named clusters of each period, and clusters in states of the newest survey year.
-- Persons of a state's registered factories are those of the newest survey year.
with newest as (
    select max(survey_year) as survey_year from {{ source('asi', 'survey_years') }}
),

named as (
    select * from {{ ref('facts_round_objects') }}
),

cells as (
    select * from {{ ref('facts_asi_objects') }}
    where object_type = 'state_cluster' and cluster_code <> '0'
),

states as (
    select
        state_year.survey_year,
        state_year.state_code,
        state_year.total_employees_estimated as state_persons,
        state_year.is_synthetic
    from {{ ref('state_year') }} as state_year
    inner join newest on state_year.survey_year = newest.survey_year
),

deflators as (
    select * from {{ source('user', 'user_deflators') }}
),

objects as (
    select
        'rounds' as basis,
        object_id,
        period,
        object_name,
        state_code,
        state_name,
        districts,
        setting,
        cluster_type,
        benchmark_cluster_code as sector,
        benchmark_cluster_name as sector_name,
        persons,
        units,
        cast(null as bigint) as factories_sampled,
        is_synthetic
    from named

    union all

    select
        'survey',
        cells.object_id,
        cells.period,
        cells.object_name,
        cells.state_code,
        cells.state_name,
        null,
        null,
        cells.cluster_type,
        cells.cluster_code,
        cells.cluster_name,
        cells.total_employees,
        cells.units,
        cells.factories_sampled,
        cells.is_synthetic
    from cells
    inner join newest on cells.period = newest.survey_year
)

select
    objects.basis,
    objects.object_id,
    objects.period,
    objects.object_name,
    objects.state_code,
    objects.state_name,
    objects.districts,
    objects.setting,
    objects.cluster_type,
    objects.sector,
    objects.sector_name,
    objects.persons,
    objects.units,
    objects.factories_sampled,
    states.state_persons,
    states.survey_year as state_survey_year,
    deflators.deflator,
    -- a share of an invented state is invented
    objects.is_synthetic or coalesce(states.is_synthetic, false) as is_synthetic
from objects
left join states on objects.state_code = states.state_code
left join deflators on objects.period = deflators.survey_year
