-- Agencies that support clusters with their areas of work: those of the report's annexure, and
-- those of the user's registry, which replace an agency of the same code.
{% set areas = [
    'technology', 'markets', 'finance', 'capability', 'infrastructure', 'innovation'
] %}
with printed as (
    select * from {{ ref('support_agencies_annexure') }}
),

printed_areas as (
    select * from {{ ref('agency_areas') }}
),

registered as (
    select * from {{ source('user', 'user_agencies') }}
),

printed_agencies as (
    select
        printed.agency_code,
        printed.agency_name,
        printed.agency_group,
        printed.work,
        {% for area in areas -%}
        coalesce(max(case when printed_areas.area_code = '{{ area }}' then 1 else 0 end), 0) = 1
            as works_on_{{ area }},
        {% endfor -%}
        'annexure' as basis,
        printed.source_place as source,
        false as is_synthetic
    from printed
    left join printed_areas on printed.agency_code = printed_areas.agency_code
    left join registered on printed.agency_code = registered.agency_code
    where registered.agency_code is null
    group by
        printed.agency_code, printed.agency_name, printed.agency_group, printed.work,
        printed.source_place
),

registered_agencies as (
    select
        agency_code,
        agency_name,
        agency_group,
        work,
        {% for area in areas -%}
        ';' || area_codes || ';' like '%;{{ area }};%' as works_on_{{ area }},
        {% endfor -%}
        'registry' as basis,
        source,
        is_synthetic
    from registered
)

select * from printed_agencies

union all

select * from registered_agencies
