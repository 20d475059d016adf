-- What each measure of each lens is in each object, with its error, or why there is none.
with objects as (
    select * from {{ ref('int_selection_objects') }}
),

measures as (
    select * from {{ ref('selection_measures') }}
),

places as (
    select * from {{ ref('int_selection_places') }}
),

metrics as (
    select
        'rounds' as basis,
        object_id,
        period,
        parameter_code,
        value,
        standard_error,
        null_reason,
        sample_size
    from {{ ref('facts_round_metrics') }}
    where component = 'total'

    union all

    select
        'survey',
        object_id,
        period,
        parameter_code,
        value,
        standard_error,
        null_reason,
        sample_size
    from {{ ref('facts_asi_metrics') }}
    where object_type = 'state_cluster' and component = 'total'
),

interventions as (
    select * from {{ ref('cluster_interventions') }}
),

-- somebody keeps a registry of interventions, or the cluster schedule was asked
told as (
    select count(*) as interventions_registered from interventions
    where basis = 'registry'
),

schedules_told as (
    select distinct
        clusters.cluster_id,
        clusters.period
    from {{ source('facts', 'round_answers') }} as answers
    inner join {{ ref('int_round_clusters') }} as clusters
        on answers.round = clusters.round
        and answers.cluster_id = clusters.cluster_id
    where answers.schedule = 'cluster' and answers.item = 'past_interventions'
),

agencies as (
    select
        cluster_id,
        count(distinct agency_name) as agencies
    from interventions
    where coalesce(status, 'told') <> 'dropped'
    group by cluster_id
),

households as (
    select
        object_id,
        period,
        basis,
        poverty_line * persons_of_household as household_line,
        poverty_line_reason
    from places
    cross join (
        select cast(value as {{ type_double() }}) as persons_of_household
        from {{ ref('selection_settings') }}
        where setting = 'household'
    ) as household
),

computed as (
    select
        'rounds' as basis,
        object_id,
        period,
        measure,
        value,
        standard_error,
        nullif(null_reason, '') as null_reason,
        cast(sample_size as bigint) as sample_size
    from {{ ref('int_round_specialisation') }}

    union all

    select
        'survey',
        products.object_id,
        products.period,
        products.measure,
        case when not cells.production_hidden then products.value end,
        case when not cells.production_hidden then products.standard_error end,
        case
            when cells.production_hidden then cells.hidden_status
            else nullif(products.null_reason, '')
        end,
        case when not cells.production_hidden then cast(products.sample_size as bigint) end
    from {{ ref('int_survey_specialisation') }} as products
    inner join {{ ref('int_facts_cells') }} as cells
        on products.object_id = cells.object_id
        and products.period = cells.survey_year
        and cells.domain = 'state_cluster'

    union all

    select
        'rounds',
        object_id,
        period,
        measure,
        value,
        standard_error,
        null_reason,
        sample_size
    from {{ ref('int_round_entrepreneurs') }}

    union all

    select
        objects.basis,
        objects.object_id,
        objects.period,
        'employment_of_state',
        1000 * metrics.value / nullif(objects.state_persons, 0),
        1000 * metrics.standard_error / nullif(objects.state_persons, 0),
        case
            when metrics.value is null then metrics.null_reason
            when objects.state_persons is null then 'state_not_in_the_survey'
            when objects.state_persons = 0 then 'zero_denominator'
        end,
        metrics.sample_size
    from objects
    inner join metrics
        on objects.basis = metrics.basis
        and objects.object_id = metrics.object_id
        and objects.period = metrics.period
        and metrics.parameter_code = 'CP09'

    union all

    select
        objects.basis,
        objects.object_id,
        objects.period,
        'agencies',
        cast(case
            when told.interventions_registered > 0 or schedules_told.cluster_id is not null
                then coalesce(agencies.agencies, 0)
        end as {{ type_double() }}),
        cast(0 as {{ type_double() }}),
        case
            when told.interventions_registered = 0 and schedules_told.cluster_id is null then 'no_registry'
        end,
        cast(null as bigint)
    from objects
    cross join told
    left join schedules_told
        on objects.object_id = schedules_told.cluster_id
        and objects.period = schedules_told.period
    left join agencies on objects.object_id = agencies.cluster_id
    where objects.basis = 'rounds'

    union all

    select
        metrics.basis,
        metrics.object_id,
        metrics.period,
        'wage_to_poverty_line',
        metrics.value / 12 / households.household_line,
        metrics.standard_error / 12 / households.household_line,
        case
            when metrics.value is null then metrics.null_reason
            else nullif(households.poverty_line_reason, '')
        end,
        metrics.sample_size
    from metrics
    inner join households
        on metrics.basis = households.basis
        and metrics.object_id = households.object_id
        and metrics.period = households.period
    where metrics.parameter_code = 'CP10'

    union all

    select
        basis,
        object_id,
        period,
        'priority_region',
        region_share,
        cast(0 as {{ type_double() }}),
        nullif(region_reason, ''),
        cast(null as bigint)
    from places
),

together as (
    select
        measures.basis,
        measures.lens,
        measures.criterion,
        measures.measure,
        measures.parameter_code,
        measures.use,
        measures.unit,
        objects.object_id,
        objects.period,
        case when measures.parameter_code is null then computed.value else metrics.value end as value,
        case
            when measures.parameter_code is null then computed.standard_error
            else metrics.standard_error
        end as standard_error,
        case
            when measures.parameter_code is null then computed.null_reason
            else metrics.null_reason
        end as null_reason,
        case
            when measures.parameter_code is null then computed.sample_size
            else metrics.sample_size
        end as sample_size,
        objects.is_synthetic
    from objects
    inner join measures on objects.basis = measures.basis
    left join metrics
        on objects.basis = metrics.basis
        and objects.object_id = metrics.object_id
        and objects.period = metrics.period
        and measures.parameter_code = metrics.parameter_code
    left join computed
        on objects.basis = computed.basis
        and objects.object_id = computed.object_id
        and objects.period = computed.period
        and measures.measure = computed.measure
)

select
    basis,
    lens,
    criterion,
    measure,
    parameter_code,
    use,
    unit,
    object_id,
    period,
    value,
    case when value is not null then standard_error end as standard_error,
    case when value is null then coalesce(null_reason, 'not_measured') end as null_reason,
    sample_size,
    is_synthetic
from together
