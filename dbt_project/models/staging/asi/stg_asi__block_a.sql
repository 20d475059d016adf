-- One row for each return in the release, whatever its status.
with source as (
    select * from {{ source('asi', 'block_a') }}
),

years as (
    select * from {{ source('asi', 'survey_years') }}
),

states as (
    select * from {{ ref('states') }}
),

status as (
    select * from {{ ref('asi_unit_status') }}
),

renamed as (
    select
        source.survey_year,
        {{ factory_id() }} as factory_id,
        source.factory_key,
        source.line_number,
        years.nic_version,
        {{ padded_code('source.nic_return', 5) }} as nic_return,
        {{ padded_code('source.nic_frame', 4) }} as nic_frame,
        case
            when years.state_numbering = 'public-1994' then states.state_code
            else {{ padded_code('source.state_code', 2) }}
        end as state_code,
        source.district_code,
        source.sector,
        source.scheme,
        source.unit_status,
        status.label as status_label,
        coalesce(source.units, 0) as units,
        coalesce(source.working_days, 0) as working_days,
        {{ amount('source.multiplier') }} as multiplier,
        cast(source.bonus as {{ type_double() }}) as bonus,
        cast(source.provident_fund as {{ type_double() }}) as provident_fund,
        cast(source.welfare as {{ type_double() }}) as welfare,
        source.export_share,
        coalesce(status.is_open, false) as is_open,
        coalesce(status.in_published_factories, false) as in_published_factories,
        coalesce(status.in_published_totals, false) as in_published_totals,
        years.is_synthetic
    from source
    inner join years on source.survey_year = years.survey_year
    left join states
        on years.state_numbering = 'public-1994'
        and {{ padded_code('source.state_code', 2) }} = states.public_1994_code
    left join status
        on years.status_codes = status.status_codes
        and source.unit_status = status.unit_status
)

select * from renamed
