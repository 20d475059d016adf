-- Codes whose cluster differs between the version of the definitions before and this one, with the
-- factories and the employment that move with them in the newest survey year coded in that version.
with

current_definitions as (

    select * from {{ ref('definitions') }}

),

history as (

    select * from {{ ref('definitions_history') }}

),

versions as (

    select * from {{ ref('definitions_versions') }}

),

clusters as (

    select * from {{ ref('clusters') }}

),

this_version as (

    select * from {{ ref('int_definitions_version') }}

),

factories as (

    select * from {{ ref('int_open_factory') }}

),

hidden_codes as (

    {{ hidden_codes(is_of_return=false) }}

),

gaps as (

    select * from {{ ref('int_survey_year_gaps') }}

),

previous_version as (

    select earlier.definitions_version
    from versions as earlier
    inner join versions as later
        on earlier.sequence = later.sequence - 1
    inner join this_version
        on later.definitions_version = this_version.definitions_version

),

previous_definitions as (

    select
        history.definitions_version,
        history.nic_version,
        history.nic_code,
        history.cluster_code
    from history
    inner join previous_version
        on history.definitions_version = previous_version.definitions_version

),

moved as (

    select
        coalesce(current_definitions.nic_version, previous_definitions.nic_version) as nic_version,
        coalesce(current_definitions.nic_code, previous_definitions.nic_code) as nic_code,
        current_definitions.nic_title,
        case
            when previous_definitions.nic_code is null then 'added'
            when current_definitions.nic_code is null then 'removed'
            else 'moved'
        end as difference,
        previous_definitions.cluster_code as previous_cluster_code,
        current_definitions.cluster_code,
        current_definitions.rule,
        current_definitions.reason
    from current_definitions
    full outer join previous_definitions
        on current_definitions.nic_version = previous_definitions.nic_version
        and current_definitions.nic_code = previous_definitions.nic_code
    where
        coalesce(current_definitions.cluster_code, '')
        <> coalesce(previous_definitions.cluster_code, '')

),

newest_years as (

    select
        nic_version,
        max(survey_year) as survey_year,
        max(case when is_synthetic then 1 else 0 end) as synthetic
    from factories
    group by nic_version

),

code_totals as (

    select
        survey_year,
        nic_code,
        {{ exact_sum('units * multiplier') }} as units,
        {{ exact_sum('total_employees * multiplier') }} as total_employees
    from factories
    group by
        survey_year,
        nic_code

)

select
    previous_version.definitions_version as previous_version,
    this_version.definitions_version,
    moved.nic_version,
    moved.nic_code,
    moved.nic_title,
    moved.difference,
    moved.previous_cluster_code,
    previous_clusters.cluster_name as previous_cluster_name,
    moved.cluster_code,
    clusters.cluster_name,
    moved.rule,
    moved.reason,
    newest_years.survey_year,
    case when newest_years.survey_year is not null then coalesce(code_totals.units, 0) end
        as units_estimated,
    case
        when hidden_codes.is_hidden = 1 then null
        when code_totals.nic_code is not null then code_totals.total_employees
        when newest_years.survey_year is not null and gaps.null_reason is null
            then cast(0 as {{ type_double() }})
    end as total_employees_estimated,
    case
        when newest_years.survey_year is null then 'no_survey_year'
        when hidden_codes.is_hidden = 1 then coalesce(gaps.null_reason, 'suppressed_secondary')
        else gaps.null_reason
    end as null_reason,
    coalesce(newest_years.synthetic, 0) = 1 as is_synthetic
from moved
cross join previous_version
cross join this_version
left join clusters on moved.cluster_code = clusters.cluster_code
left join clusters as previous_clusters
    on moved.previous_cluster_code = previous_clusters.cluster_code
left join newest_years on moved.nic_version = newest_years.nic_version
left join gaps on newest_years.survey_year = gaps.survey_year
left join code_totals
    on newest_years.survey_year = code_totals.survey_year
    and moved.nic_code = code_totals.nic_code
left join hidden_codes
    on newest_years.survey_year = hidden_codes.survey_year
    and moved.nic_version = hidden_codes.nic_version
    and moved.nic_code = hidden_codes.nic_code
