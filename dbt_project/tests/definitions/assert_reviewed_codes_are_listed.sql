{{ config(meta = {'dagster': {'ref': {'name': 'reviewed_decisions'}}}) }}
-- A decision is about a listed code or a class, and a title link starts from a listed code: a
-- misspelt one would be left out without a word.
with

listed as (

    select
        nic_version,
        nic_code
    from {{ ref('int_nic_codes') }}

    union all

    select
        nic_version,
        nic_class as nic_code
    from {{ ref('nic_classes') }}

),

reviewed as (

    select
        'reviewed_decisions' as seed,
        nic_version,
        nic_code
    from {{ ref('reviewed_decisions') }}

    union all

    select
        'nic_title_links' as seed,
        nic_version,
        nic_code
    from {{ ref('nic_title_links') }}

)

select reviewed.*
from reviewed
left join listed
    on reviewed.nic_version = listed.nic_version
    and reviewed.nic_code = listed.nic_code
where listed.nic_code is null
