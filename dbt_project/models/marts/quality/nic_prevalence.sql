-- How far industry codes reach: what share of open factories, of their employment and of their value
-- added carries a listed 5-digit code, and what has to fall back.
{% set counted = ['units', 'total_employees', 'gross_value_added'] %}
with

factories as (

    select
        *,
        case
            when assignment_rule = 'code of the return' and cluster_code = '0'
                then 'code_without_cluster'
            when assignment_rule = 'code of the return' then 'code'
            when assignment_rule = 'class of the return' then 'class'
            when assignment_rule = 'class of the frame' then 'frame_class'
            else 'unmapped'
        end as coding
    from {{ ref('int_open_factory') }}

),

years as (

    {{ controlled_years() }}

),

hidden_industries as (

    {{ hidden_families(
        ['state_industry'],
        ['state_code', 'cluster_code', 'nic_version', 'nic_code', 'assignment_rule']
    ) }}

),

hidden_states as (

    {{ hidden_families(['state'], ['state_code']) }}

),

hidden_cells as (

    {{ hidden_families(['state_cluster'], ['state_code', 'cluster_code']) }}

),

-- hidden industries of each coding, in the cell of the unmapped and outside of it
hidden_parts as (

    select
        parts.survey_year,
        parts.state_code,
        parts.coding,
        sum(case when parts.cluster_code = '0' then 1 else 0 end) as inside,
        sum(case when parts.cluster_code <> '0' then 1 else 0 end) as outside
    from (
        select distinct
            survey_year,
            state_code,
            cluster_code,
            nic_version,
            nic_code,
            assignment_rule,
            coding
        from factories
    ) as parts
    inner join hidden_industries
        on parts.survey_year = hidden_industries.survey_year
        and parts.state_code = hidden_industries.state_code
        and parts.cluster_code = hidden_industries.cluster_code
        and parts.nic_version = hidden_industries.nic_version
        and parts.nic_code = hidden_industries.nic_code
        and parts.assignment_rule = hidden_industries.assignment_rule
    where hidden_industries.production = 1
    group by
        parts.survey_year,
        parts.state_code,
        parts.coding

),

-- a coding is shown where all its industries are, or where it is the rest of shown totals: `code` of
-- the state's, the others of the cell of the unmapped
hidden_codings as (

    select
        hidden_parts.survey_year,
        hidden_parts.state_code,
        hidden_parts.coding
    from hidden_parts
    left join hidden_states
        on hidden_parts.survey_year = hidden_states.survey_year
        and hidden_parts.state_code = hidden_states.state_code
    left join hidden_cells
        on hidden_parts.survey_year = hidden_cells.survey_year
        and hidden_parts.state_code = hidden_cells.state_code
        and hidden_cells.cluster_code = '0'
    left join (
        select
            survey_year,
            state_code,
            sum(inside) as inside,
            sum(case when coding <> 'code' then outside else 0 end) as outside
        from hidden_parts
        group by
            survey_year,
            state_code
    ) as of_states
        on hidden_parts.survey_year = of_states.survey_year
        and hidden_parts.state_code = of_states.state_code
    where not (
        coalesce(hidden_cells.production, 0) = 0
        and case
            when hidden_parts.coding = 'code'
                then coalesce(hidden_states.production, 0) = 0 and of_states.outside = 0
            else hidden_parts.outside = 0 and hidden_parts.inside = of_states.inside
        end
    )

),

gaps as (

    select * from {{ ref('int_survey_year_gaps') }}

),

totals as (

    select
        survey_year,
        state_code,
        state_name,
        nic_version,
        coding,
        count(*) as factories_sampled,
        {% for measure in counted -%}
        {{ exact_sum(measure ~ ' * multiplier') }} as {{ measure }}_estimated,
        {% endfor -%}
        max(case when is_synthetic then 1 else 0 end) as synthetic
    from factories
    group by
        survey_year,
        state_code,
        state_name,
        nic_version,
        coding

)

select
    totals.survey_year,
    totals.state_code,
    totals.state_name,
    totals.nic_version,
    totals.coding,
    totals.factories_sampled,
    {% for measure in counted -%}
    {% set is_shown = 'hidden_codings.coding is null' if measure_family(measure) else 'true' -%}
    case when {{ is_shown }} then totals.{{ measure }}_estimated end as {{ measure }}_estimated,
    case
        when {{ is_shown }}
            {{ 'and coalesce(hidden_states.production, 0) = 0' if measure_family(measure) }}
            then totals.{{ measure }}_estimated
            / nullif(
                {{ exact_sum(
                    'totals.' ~ measure ~ '_estimated',
                    over='partition by totals.survey_year, totals.state_code'
                ) }},
                0
            )
    end as {{ measure }}_share,
    {% endfor -%}
    {%- set status -%}
    case
        when hidden_states.production = 1 then hidden_states.status
        when hidden_codings.coding is not null then 'suppressed_secondary'
    end
    {%- endset %}
    {{ disclosure_status(status) }} as disclosure,
    coalesce(gaps.null_reason, {{ status }}) as null_reason,
    totals.synthetic = 1 as is_synthetic
from totals
inner join gaps on totals.survey_year = gaps.survey_year
inner join years on totals.survey_year = years.survey_year
left join hidden_states
    on totals.survey_year = hidden_states.survey_year
    and totals.state_code = hidden_states.state_code
left join hidden_codings
    on totals.survey_year = hidden_codings.survey_year
    and totals.state_code = hidden_codings.state_code
    and totals.coding = hidden_codings.coding
