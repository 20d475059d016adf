-- Weighted totals with the official tables' own filter beside the figures they published, and what each
-- comparison counts as: `blocking` stops an edition when it is more than 5 % off, `warning` is only
-- told, `presence` asks of a sample no more than whether the state has records, and `not_calibrated` is
-- a figure that samples are not made to meet. Our own side of a hidden figure is left out; how far it is
-- off is known here and to the asset check alone.
with published as (
    select * from {{ ref('asi_published_totals') }}
),

variables as (
    select * from {{ ref('official_characteristics') }}
),

computed as (
    select * from {{ ref('int_official_totals') }}
),

years as (
    select * from {{ source('asi', 'survey_years') }}
),

controlled as (
    {{ controlled_years() }}
),

-- a rule that nobody vouches for must not stop anybody's edition
rules as (
    select
        survey_year,
        case variable
            when 'total_output_official' then 'total_output'
            when 'total_input_official' then 'total_input'
            else variable
        end as variable,
        max(case when basis in ('assumed', 'unverified') then 1 else 0 end) as is_uncertain
    from {{ ref('int_measure_rules') }}
    where block <> 'derived'
        and variable not in ('total_output', 'total_input')
    group by survey_year, variable
),

value_added as (
    select
        survey_year,
        max(is_uncertain) as is_uncertain
    from rules
    where variable in ('total_output', 'total_input')
    group by survey_year
),

compared as (
    select
        years.survey_year,
        published.geography,
        coalesce(published.nic2, '') as nic_division,
        published.variable,
        cast(published.value as {{ type_double() }}) as published_value,
        computed.value as computed_value,
        computed.survey_year is null
        or (computed.value = 0 and published.geography <> 'all-india') as has_no_records,
        variables.is_core,
        variables.is_calibrated,
        case
            when published.variable in ('number_of_factories', 'factories_in_operation')
                then case when years.status_codes = 'schedule-2010' then 'proven' else 'assumed' end
            when coalesce(rules.is_uncertain, value_added.is_uncertain, 1) = 1 then 'uncertain'
            else 'known'
        end as rule_basis,
        published.unit,
        published.source,
        published.source_kind,
        -- what the release adds to a printed figure of a state or division would tell of cells below
        controlled.is_controlled
        and (published.geography <> 'all-india' or published.nic2 is not null)
        and published.variable not in ('number_of_factories', 'factories_in_operation')
            as is_hidden,
        controlled.is_controlled,
        years.is_synthetic
    from years
    inner join controlled on years.survey_year = controlled.survey_year
    inner join published on years.survey_year = published.survey_year
    inner join variables on published.variable = variables.variable
    left join computed
        on published.survey_year = computed.survey_year
        and published.geography = computed.geography
        and coalesce(published.nic2, '') = computed.nic_division
        and published.variable = computed.variable
    left join rules
        on published.survey_year = rules.survey_year
        and published.variable = rules.variable
    left join value_added
        on published.survey_year = value_added.survey_year
        and published.variable in ('gross_value_added', 'net_value_added')
)

select
    survey_year,
    geography,
    nic_division,
    variable,
    published_value,
    case when not is_hidden then computed_value end as computed_value,
    -- a small difference of large sums: more digits would be those of the order of addition
    case
        when published_value <> 0 and not is_hidden
            then round(100.0 * (computed_value - published_value) / abs(published_value), 6)
    end as difference_pct,
    case
        when has_no_records then 'no_records'
        when computed_value is null then 'block_not_in_release'
        when abs(computed_value - published_value) <= 0.5 then 'exact'
        when abs(computed_value - published_value) <= 0.01 * abs(published_value) then 'within_1_pct'
        when abs(computed_value - published_value) <= 0.05 * abs(published_value) then 'within_5_pct'
        else 'over_5_pct'
    end as status,
    case
        when is_synthetic and geography <> 'all-india' and variable = 'number_of_factories'
            then 'presence'
        when is_synthetic and (not is_calibrated or geography <> 'all-india' or nic_division <> '')
            then 'not_calibrated'
        when geography <> 'all-india' or nic_division <> '' then 'warning'
        when is_synthetic then 'blocking'
        when is_core and rule_basis in ('proven', 'known') then 'blocking'
        else 'warning'
    end as counts_as,
    rule_basis,
    unit,
    source,
    source_kind,
    case
        when not is_controlled then 'skipped_synthetic'
        when is_hidden then 'suppressed_secondary'
        else 'none'
    end as disclosure,
    is_synthetic
from compared
