-- Interventions in named clusters: what the user's registry lists, with type and status, and what
-- the newest cluster schedule tells of the past.
with registered as (
    select * from {{ source('user', 'user_interventions') }}
),

told as (
    select * from {{ ref('int_round_interventions') }}
),

agencies as (
    select * from {{ ref('support_agencies') }}
),

types as (
    select * from {{ ref('intervention_types') }}
),

together as (
    select
        cluster_id,
        'registry' as basis,
        agency_code,
        cast(null as {{ dbt.type_string() }}) as agency_told,
        scheme,
        intervention_type,
        status,
        cast(null as {{ dbt.type_string() }}) as years_told,
        first_year,
        last_year,
        amount_lakh,
        report_on_file,
        source,
        is_synthetic
    from registered

    union all

    select
        cluster_id,
        'round' as basis,
        null as agency_code,
        agency as agency_told,
        scheme,
        null as intervention_type,
        null as status,
        years as years_told,
        null as first_year,
        null as last_year,
        amount_lakh,
        report_on_file,
        'Round ' || round as source,
        is_synthetic
    from told
)

select
    together.cluster_id,
    together.basis,
    together.agency_code,
    coalesce(agencies.agency_name, together.agency_told) as agency_name,
    together.scheme,
    together.intervention_type,
    types.approach,
    types.objective,
    together.status,
    together.first_year,
    together.last_year,
    together.years_told,
    together.amount_lakh,
    together.report_on_file,
    together.source,
    together.is_synthetic
from together
left join agencies on together.agency_code = agencies.agency_code
left join types on together.intervention_type = types.intervention_type
