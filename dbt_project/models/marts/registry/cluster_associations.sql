-- The association of each named cluster, as its newest round describes it, with the office that the
-- newest contact sheet tells; no row where the round holds no association schedule of the cluster.
with named as (
    select * from {{ ref('named_clusters') }}
),

clusters as (
    select * from {{ ref('int_round_clusters') }}
),

answers as (
    select * from {{ ref('int_round_cluster_answers') }}
    where has_association_schedule
),

contacts as (
    {{ registry_rows('contact', [
        'office_address', 'office_pin', 'office_phone', 'office_email', 'office_website',
    ], ['members_micro', 'members_small', 'members_medium', 'members_large']) }}
)

select
    named.cluster_id,
    named.cluster_name,
    named.state_code,
    named.newest_period as period,
    answers.association_exists = 1 as association_exists,
    answers.association_name,
    cast(answers.year_registered as bigint) as year_registered,
    cast(clusters.reference_year - answers.year_registered as bigint) as association_years,
    cast(answers.members as bigint) as members,
    case when answers.units_in_cluster > 0 then answers.members / answers.units_in_cluster end
        as member_share,
    answers.staff_fte,
    answers.manager_named = 1 as manager_named,
    answers.manager_qualified = 1 as manager_qualified,
    answers.board_elected = 1 as board_elected,
    answers.agm_held = 1 as agm_held,
    answers.accounts_audited = 1 as accounts_audited,
    answers.minutes_open = 1 as minutes_open,
    cast(answers.services_offered as bigint) as services_offered,
    cast(answers.quality_label as bigint) as quality_label,
    cast(answers.activity_cells as bigint) as activity_cells,
    answers.data_sharing_agreement = 1 as data_sharing_agreement,
    contacts.office_address,
    contacts.office_pin,
    contacts.office_phone,
    contacts.office_email,
    contacts.office_website,
    cast(contacts.members_micro as bigint) as members_micro,
    cast(contacts.members_small as bigint) as members_small,
    cast(contacts.members_medium as bigint) as members_medium,
    cast(contacts.members_large as bigint) as members_large,
    contacts.period as contact_period,
    case when contacts.cluster_id is null then 'no_contact_sheet' end as contact_null_reason,
    named.is_synthetic
from named
inner join answers
    on named.cluster_id = answers.cluster_id
    and named.newest_period = answers.period
inner join clusters
    on named.cluster_id = clusters.cluster_id
    and named.newest_period = clusters.period
left join contacts
    on named.cluster_id = contacts.cluster_id
    and contacts.age = 1
