-- Organisations that work with a cluster, as its newest round that lists any: offices, no persons.
with organisations as (
    {{ registry_rows('organisation', [
        'organisation_kind', 'organisation_name', 'organisation_role', 'organisation_place',
        'organisation_office', 'organisation_phone', 'organisation_email', 'organisation_website',
    ]) }}
),

named as (
    select * from {{ ref('named_clusters') }}
),

states as (
    select * from {{ ref('states') }}
)

select
    organisations.cluster_id,
    named.cluster_name,
    states.state_code,
    states.state_name,
    organisations.organisation_kind,
    organisations.organisation_name,
    organisations.organisation_role,
    organisations.organisation_place as place,
    organisations.organisation_office as contact_office,
    organisations.organisation_phone as phone,
    organisations.organisation_email as email,
    organisations.organisation_website as website,
    case
        when coalesce(
            organisations.organisation_phone,
            organisations.organisation_email,
            organisations.organisation_website
        ) is null then 'no_contact_given'
    end as contact_null_reason,
    case when named.cluster_id is null then 'cluster_not_described' end as null_reason,
    organisations.round,
    organisations.period,
    organisations.agency as told_by,
    organisations.is_synthetic
from organisations
left join named on organisations.cluster_id = named.cluster_id
left join states on {{ state_of_cluster('organisations.cluster_id') }} = states.state_code
where organisations.age = 1
