-- The sampling stratum of each selected factory, whatever became of it, as the design of its year
-- allows: state, sector, district and industry of the frame where the release has them. Where it masks
-- them, state, sector, industry of the return and multiplier stand for the stratum, since the factories
-- of a stratum share their multiplier. A multiplier of 1 or less leaves nothing to chance.
--
-- A variance needs two units: strata of one are collapsed in pairs of neighbours by scheme, sector and
-- industry within their state; one that is left over joins the stratum next to it. A unit alone in its
-- state is measured from zero, which errs on the safe side. Beside the collapsed stratum stands the
-- factory's own, from which smoothed variances are made (int_estimate_errors), and where strata are made
-- of returns the share of its factories that changed industry and are missing in it.
with selected as (
    select
        *,
        case when nic_frame is null or nic_frame in ('', '9999', '0000') then 0 else 1 end
            as has_frame,
        case when district_code is null or district_code in ('', '99', '00') then 0 else 1 end
            as has_district
    from {{ ref('factory') }}
    where multiplier > 1
),

designs as (
    select * from {{ ref('asi_sampling_designs') }}
),

changes as (
    select * from {{ ref('int_industry_changes') }}
),

methods as (
    select
        selected.survey_year,
        designs.uses_district,
        designs.uses_sector,
        designs.nic_digits,
        case
            when avg(has_frame) < 0.5 then 'pseudo'
            when designs.uses_district and avg(has_district) < 0.5 then 'pseudo'
            else 'design'
        end as strata_method
    from selected
    inner join designs
        on selected.survey_year >= designs.first_year
        and selected.survey_year <= coalesce(designs.last_year, '9999')
    group by
        selected.survey_year, designs.uses_district, designs.uses_sector, designs.nic_digits
),

keyed as (
    select
        selected.survey_year,
        selected.factory_id,
        selected.multiplier,
        methods.strata_method,
        coalesce(selected.state_code, '') as state_code,
        selected.nic_version,
        coalesce(selected.is_synthetic, false) as is_synthetic,
        coalesce(selected.scheme, '') as scheme,
        case
            when methods.uses_sector or methods.strata_method = 'pseudo'
                then coalesce(selected.sector, '')
            else ''
        end as sector,
        substr(
            case
                when methods.strata_method = 'design' and selected.has_frame = 1
                    then selected.nic_frame
                else coalesce(selected.nic_return, '')
            end, 1, methods.nic_digits
        ) as industry,
        case
            when methods.uses_district and methods.strata_method = 'design'
                then coalesce(selected.district_code, '')
            else ''
        end as district_code,
        case when methods.strata_method = 'pseudo' then selected.multiplier else 0 end
            as multiplier_key
    from selected
    inner join methods on selected.survey_year = methods.survey_year
),

strata as (
    select
        survey_year,
        state_code,
        scheme,
        sector,
        industry,
        district_code,
        multiplier_key,
        count(*) as units,
        {{ exact_sum('multiplier') }} as factories,
        row_number() over (
            partition by survey_year, state_code
            order by scheme, sector, industry, district_code, multiplier_key
        ) as position
    from keyed
    group by survey_year, state_code, scheme, sector, industry, district_code, multiplier_key
),

neighbours as (
    select
        *,
        sum(case when units = 1 then 1 else 0 end) over (
            partition by survey_year, state_code order by position
            rows between unbounded preceding and current row
        ) as single_number,
        sum(case when units = 1 then 1 else 0 end) over (partition by survey_year, state_code)
            as singles,
        max(case when units > 1 then position end) over (
            partition by survey_year, state_code order by position
            rows between unbounded preceding and current row
        ) as previous_full,
        min(case when units > 1 then position end) over (
            partition by survey_year, state_code order by position
            rows between current row and unbounded following
        ) as next_full
    from strata
),

collapsed as (
    select
        *,
        case
            when units > 1 then 'S' || cast(position as {{ dbt.type_string() }})
            when singles > 1 then 'P' || cast(
                cast(least(floor((single_number - 1) / 2.0), floor(singles / 2.0) - 1) as bigint)
                as {{ dbt.type_string() }}
            )
            else 'S' || cast(coalesce(previous_full, next_full, position) as {{ dbt.type_string() }})
        end as collapsed_stratum
    from neighbours
),

placed as (
    select
        keyed.survey_year,
        keyed.factory_id,
        keyed.multiplier,
        keyed.strata_method,
        keyed.state_code,
        keyed.nic_version,
        keyed.is_synthetic,
        substr(keyed.industry, 1, 2) as division,
        collapsed.collapsed_stratum,
        collapsed.units = 1 as is_collapsed,
        collapsed.position,
        collapsed.units as own_units,
        greatest(1 - collapsed.units / collapsed.factories, 0) as own_share_not_selected
    from keyed
    inner join collapsed
        on keyed.survey_year = collapsed.survey_year
        and keyed.state_code = collapsed.state_code
        and keyed.scheme = collapsed.scheme
        and keyed.sector = collapsed.sector
        and keyed.industry = collapsed.industry
        and keyed.district_code = collapsed.district_code
        and keyed.multiplier_key = collapsed.multiplier_key
),

sizes as (
    select
        survey_year,
        state_code,
        collapsed_stratum,
        count(*) as units_selected,
        greatest(1 - count(*) / sum(multiplier), 0) as share_not_selected
    from placed
    group by survey_year, state_code, collapsed_stratum
)

select
    placed.survey_year,
    placed.factory_id,
    placed.state_code || '/' || placed.collapsed_stratum as stratum,
    placed.strata_method,
    placed.is_collapsed,
    sizes.units_selected,
    case when sizes.units_selected > 1 then 1.0 / sizes.units_selected else 0.0 end
        as inverse_units,
    sizes.share_not_selected * case
        when sizes.units_selected > 1
            then cast(sizes.units_selected as {{ type_double() }}) / (sizes.units_selected - 1)
        else 1.0
    end as variance_scale,
    placed.state_code || '/' || cast(placed.position as {{ dbt.type_string() }}) as own_stratum,
    placed.own_units,
    placed.own_share_not_selected * case
        when placed.own_units > 1
            then cast(placed.own_units as {{ type_double() }}) / (placed.own_units - 1)
        else 1.0
    end as own_scale,
    case placed.strata_method
        when 'pseudo' then coalesce(of_division.share_changed, of_country.share_changed)
        else 0.0
    end as share_changed
from placed
inner join sizes
    on placed.survey_year = sizes.survey_year
    and placed.state_code = sizes.state_code
    and placed.collapsed_stratum = sizes.collapsed_stratum
left join changes as of_division
    on placed.is_synthetic = of_division.is_synthetic
    and placed.nic_version = of_division.nic_version
    and placed.division = of_division.nic_division
inner join changes as of_country
    on placed.is_synthetic = of_country.is_synthetic
    and of_country.nic_division = ''
