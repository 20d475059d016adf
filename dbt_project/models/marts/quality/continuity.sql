-- Each cluster on both sides of a change of classification: the last survey year coded in the older
-- version, the first in the newer. The newer year is also told as the older version would have put
-- it (recoded); what differs from how it is put is the mapping's doing, the rest is the economy's.
{% set followed = ['units', 'total_employees', 'gross_value_added'] %}
with

factories as (

    select * from {{ ref('int_open_factory') }}

),

decisions as (

    select * from {{ ref('int_nic_decisions') }}

),

pairs as (

    select * from {{ ref('int_seam_pairs') }}

),

breaks as (

    select * from {{ ref('continuity_breaks') }}

),

clusters as (

    select * from {{ ref('clusters') }}

),

years as (

    {{ controlled_years() }}

),

hidden as (

    {{ hidden_families(['cluster'], ['cluster_code']) }}

),

hidden_codes as (

    {{ hidden_codes(is_of_return=true) }}

),

gaps as (

    select * from {{ ref('int_survey_year_gaps') }}

),

version_years as (

    select
        nic_version,
        min(survey_year) as first_year,
        max(survey_year) as last_year
    from factories
    group by nic_version

),

seams as (

    select
        earlier.nic_version as from_version,
        later.nic_version as to_version,
        earlier.last_year as survey_year_before,
        later.first_year as survey_year_after
    from version_years as earlier
    inner join version_years as later
        on (earlier.nic_version = 'NIC-1998' and later.nic_version = 'NIC-2004')
        or (earlier.nic_version = 'NIC-2004' and later.nic_version = 'NIC-2008')

),

by_code as (

    {{ totals_by_code(followed) }}

),

before_codes as (

    select
        seams.to_version,
        by_code.nic_code,
        -- without block E, by the number of factories
        {{ exact_sum('coalesce(by_code.total_employees, by_code.units)') }} as size,
        max(coalesce(hidden_codes.is_hidden, 0)) as is_hidden
    from by_code
    inner join seams
        on by_code.nic_version = seams.from_version
        and by_code.survey_year = seams.survey_year_before
    left join hidden_codes
        on by_code.survey_year = hidden_codes.survey_year
        and by_code.nic_version = hidden_codes.nic_version
        and by_code.nic_code = hidden_codes.nic_code
    where by_code.nic_code is not null
    group by
        seams.to_version,
        by_code.nic_code

),

sized_pairs as (

    select
        pairs.to_version,
        pairs.to_code,
        pairs.basis,
        decisions.cluster_code,
        coalesce(before_codes.size, 0) as size,
        max(coalesce(before_codes.is_hidden, 0)) over (
            partition by pairs.to_version, pairs.to_code
        ) as is_hidden,
        {{ exact_sum(
            'coalesce(before_codes.size, 0)', over='partition by pairs.to_version, pairs.to_code'
        ) }} as all_sizes,
        count(*) over (partition by pairs.to_version, pairs.to_code) as all_pairs
    from pairs
    inner join decisions
        on pairs.from_version = decisions.nic_version
        and pairs.from_code = decisions.nic_code
    left join before_codes
        on pairs.to_version = before_codes.to_version
        and pairs.from_code = before_codes.nic_code

),

-- where no factory had any of the earlier codes, each is as likely
origins as (

    select
        to_version,
        to_code,
        basis,
        cluster_code,
        sum(
            case
                when all_sizes > 0 then size / all_sizes
                else cast(1 as {{ type_double() }}) / all_pairs
            end
        ) as share,
        max(is_hidden) as is_hidden
    from sized_pairs
    group by
        to_version,
        to_code,
        basis,
        cluster_code

),

after_codes as (

    select
        by_code.*,
        seams.to_version,
        coalesce(hidden_codes.is_hidden, 0) as is_hidden
    from by_code
    inner join seams
        on by_code.nic_version = seams.to_version
        and by_code.survey_year = seams.survey_year_after
    left join hidden_codes
        on by_code.survey_year = hidden_codes.survey_year
        and by_code.nic_version = hidden_codes.nic_version
        and by_code.nic_code = hidden_codes.nic_code

),

-- whether sizes of hidden codes decide the shares, and whether the code's own total is hidden
recoded as (

    select
        after_codes.to_version,
        coalesce(origins.cluster_code, after_codes.cluster_code) as recoded_cluster,
        after_codes.cluster_code,
        coalesce(origins.basis, 'none') as basis,
        coalesce(origins.is_hidden, 0) as has_hidden_shares,
        greatest(coalesce(origins.is_hidden, 0), after_codes.is_hidden) as is_hidden,
        {% for measure in followed -%}
        after_codes.{{ measure }} * coalesce(origins.share, 1) as {{ measure }}{{ "," if not loop.last }}
        {% endfor %}
    from after_codes
    left join origins
        on after_codes.to_version = origins.to_version
        and after_codes.nic_code = origins.to_code

),

moves as (

    select
        to_version,
        cluster_code,
        basis,
        has_hidden_shares,
        is_hidden,
        {% for measure in followed -%}
        {{ measure }}{{ "," if not loop.last }}
        {% endfor %}
    from recoded
    where cluster_code <> recoded_cluster

    union all

    select
        to_version,
        recoded_cluster as cluster_code,
        basis,
        has_hidden_shares,
        is_hidden,
        {% for measure in followed -%}
        -{{ measure }} as {{ measure }}{{ "," if not loop.last }}
        {% endfor %}
    from recoded
    where cluster_code <> recoded_cluster

),

mapping_changes as (

    select
        to_version,
        cluster_code,
        {% for measure in followed -%}
        {{ exact_sum(measure) }} as {{ measure }}_mapping_change,
        {{ exact_sum("case when basis = 'documented_break' then " ~ measure ~ ' end') }}
            as {{ measure }}_documented_change,
        {% endfor %}
        max(has_hidden_shares) as has_hidden_shares,
        max(is_hidden) as is_hidden
    from moves
    group by
        to_version,
        cluster_code

),

sides as (

    select
        seams.to_version,
        by_code.cluster_code,
        {% for measure in followed -%}
        {{ exact_sum(
            'case when by_code.survey_year = seams.survey_year_before then ' ~ measure ~ ' end'
        ) }}
            as {{ measure }}_before,
        {{ exact_sum(
            'case when by_code.survey_year = seams.survey_year_after then ' ~ measure ~ ' end'
        ) }}
            as {{ measure }}_after,
        {% endfor -%}
        max(by_code.synthetic) as synthetic
    from by_code
    inner join seams
        on by_code.survey_year in (seams.survey_year_before, seams.survey_year_after)
    group by
        seams.to_version,
        by_code.cluster_code

),

-- the clusters that a documented break takes from and gives to
break_clusters as (

    select distinct
        pairs.to_version,
        earlier.cluster_code as from_cluster,
        later.cluster_code as to_cluster,
        breaks.reason
    from breaks
    inner join pairs
        on breaks.to_version = pairs.to_version
        and breaks.to_code = pairs.to_code
    inner join decisions as earlier
        on pairs.from_version = earlier.nic_version
        and pairs.from_code = earlier.nic_code
    inner join decisions as later
        on pairs.to_version = later.nic_version
        and pairs.to_code = later.nic_code
    where earlier.cluster_code <> later.cluster_code

),

cluster_reasons as (

    select to_version, from_cluster as cluster_code, reason from break_clusters

    union

    select to_version, to_cluster as cluster_code, reason from break_clusters

),

reasons as (

    select
        to_version,
        cluster_code,
        {{ dbt.listagg('reason', "'; '", 'order by reason') }} as break_reason
    from cluster_reasons
    group by
        to_version,
        cluster_code

),

compared as (

    select
        seams.from_version as nic_version_before,
        seams.to_version as nic_version_after,
        seams.survey_year_before,
        seams.survey_year_after,
        sides.cluster_code,
        {% for measure in followed -%}
        -- a cluster without factories in a year whose measure is known has none of it
        case
            when sum(sides.{{ measure }}_before) over (partition by sides.to_version) is not null
                then coalesce(sides.{{ measure }}_before, 0)
        end as {{ measure }}_before,
        case
            when sum(sides.{{ measure }}_after) over (partition by sides.to_version) is not null
                then coalesce(sides.{{ measure }}_after, 0)
        end as {{ measure }}_after,
        case
            when sum(sides.{{ measure }}_after) over (partition by sides.to_version) is not null
                then coalesce(mapping_changes.{{ measure }}_mapping_change, 0)
        end as {{ measure }}_mapping_change,
        case
            when sum(sides.{{ measure }}_after) over (partition by sides.to_version) is not null
                then coalesce(mapping_changes.{{ measure }}_documented_change, 0)
        end as {{ measure }}_documented_change,
        {% endfor -%}
        coalesce(hidden_before.production, 0) = 1 as before_hidden,
        coalesce(hidden_after.production, 0) = 1 as after_hidden,
        coalesce(mapping_changes.has_hidden_shares, 0) = 1 as has_hidden_shares,
        coalesce(mapping_changes.is_hidden, 0) = 1 as has_hidden_moves,
        coalesce(hidden_before.status, hidden_after.status) as status,
        sides.synthetic
    from sides
    inner join seams on sides.to_version = seams.to_version
    left join mapping_changes
        on sides.to_version = mapping_changes.to_version
        and sides.cluster_code = mapping_changes.cluster_code
    left join hidden as hidden_before
        on seams.survey_year_before = hidden_before.survey_year
        and sides.cluster_code = hidden_before.cluster_code
    left join hidden as hidden_after
        on seams.survey_year_after = hidden_after.survey_year
        and sides.cluster_code = hidden_after.cluster_code

)

select
    compared.nic_version_before,
    compared.nic_version_after,
    compared.survey_year_before,
    compared.survey_year_after,
    compared.cluster_code,
    clusters.cluster_name,
    clusters.cluster_type,
    {% for measure in followed -%}
    {% set family = measure_family(measure) -%}
    {% set both = 'not compared.before_hidden and not compared.after_hidden' if family else 'true' -%}
    {% set moves = 'not compared.has_hidden_moves' if family else 'not compared.has_hidden_shares' -%}
    case when {{ 'not compared.before_hidden' if family else 'true' }}
        then compared.{{ measure }}_before end as {{ measure }}_before,
    case when {{ 'not compared.after_hidden' if family else 'true' }}
        then compared.{{ measure }}_after end as {{ measure }}_after,
    case when {{ both }} then
        {{ difference(measure, 'compared.' ~ measure ~ '_after - compared.' ~ measure ~ '_before') }}
    end as {{ measure }}_change,
    case when {{ moves }} then
        {{ difference(measure, 'compared.' ~ measure ~ '_mapping_change') }}
    end as {{ measure }}_mapping_change,
    case when {{ moves }} then
        {{ difference(measure, 'compared.' ~ measure ~ '_documented_change') }}
    end as {{ measure }}_documented_change,
    {% endfor -%}
    case when not compared.before_hidden then
        compared.total_employees_before
        / nullif(
            {{ exact_sum(
                'compared.total_employees_before', over='partition by compared.nic_version_after'
            ) }},
            0
        )
    end as employment_share_before,
    -- one hundredth of what the cluster would be without the mapping's part
    case when not compared.after_hidden and not compared.has_hidden_moves then
        abs(coalesce(compared.total_employees_mapping_change, compared.units_mapping_change))
        > 0.01 * abs(
            coalesce(
                compared.total_employees_after - compared.total_employees_mapping_change,
                compared.units_after - compared.units_mapping_change
            )
        )
    end as definition_break,
    reasons.break_reason,
    {%- set status -%}
    case
        when compared.status is not null then compared.status
        when compared.has_hidden_moves then 'suppressed_secondary'
    end
    {%- endset %}
    case
        when not (years_before.is_controlled or years_after.is_controlled) then 'skipped_synthetic'
        else coalesce({{ status }}, 'none')
    end as disclosure,
    coalesce(gaps_before.null_reason, gaps_after.null_reason, {{ status }}) as null_reason,
    compared.synthetic = 1 as is_synthetic
from compared
inner join clusters on compared.cluster_code = clusters.cluster_code
inner join gaps as gaps_before on compared.survey_year_before = gaps_before.survey_year
inner join gaps as gaps_after on compared.survey_year_after = gaps_after.survey_year
inner join years as years_before on compared.survey_year_before = years_before.survey_year
inner join years as years_after on compared.survey_year_after = years_after.survey_year
left join reasons
    on compared.nic_version_after = reasons.to_version
    and compared.cluster_code = reasons.cluster_code
