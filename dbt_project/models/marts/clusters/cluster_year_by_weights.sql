-- The two ways to count a code whose title takes in products of several clusters, side by side: the
-- whole code in one cluster (the methodology's way, as in cluster_year), and split by weights.
{% set counted = ['units', 'total_employees', 'total_employee_wages', 'gross_value_added'] %}
with

weights as (

    select * from {{ ref('int_nic_cluster_weights') }}

),

clusters as (

    select * from {{ ref('clusters') }}

),

gaps as (

    select * from {{ ref('int_survey_year_gaps') }}

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

by_code as (

    {{ totals_by_code(counted) }}

),

both_ways as (

    select
        survey_year,
        cluster_code,
        {% for measure in counted -%}
        {{ measure }} as {{ measure }}_one_cluster,
        0 * {{ measure }} as {{ measure }}_by_weights,
        {% endfor -%}
        synthetic
    from by_code

    union all

    select
        by_code.survey_year,
        coalesce(weights.cluster_code, by_code.cluster_code) as cluster_code,
        {% for measure in counted -%}
        0 * by_code.{{ measure }} as {{ measure }}_one_cluster,
        by_code.{{ measure }} * coalesce(weights.weight, 1) as {{ measure }}_by_weights,
        {% endfor -%}
        by_code.synthetic
    from by_code
    left join weights
        on by_code.nic_version = weights.nic_version
        and by_code.nic_code = weights.nic_code

),

totals as (

    select
        survey_year,
        cluster_code,
        {% for measure in counted -%}
        {{ exact_sum(measure ~ '_one_cluster') }} as {{ measure }}_one_cluster,
        {{ exact_sum(measure ~ '_by_weights') }} as {{ measure }}_by_weights,
        {% endfor -%}
        max(synthetic) as synthetic
    from both_ways
    group by
        survey_year,
        cluster_code

),

-- clusters that a split code takes part in of which some industry is hidden: what the weights move
-- would tell its total
hidden_splits as (

    select
        hidden_codes.survey_year,
        weights.cluster_code
    from hidden_codes
    inner join weights
        on hidden_codes.nic_version = weights.nic_version
        and hidden_codes.nic_code = weights.nic_code

    union

    select
        by_code.survey_year,
        by_code.cluster_code
    from by_code
    inner join hidden_codes
        on by_code.survey_year = hidden_codes.survey_year
        and by_code.nic_version = hidden_codes.nic_version
        and by_code.nic_code = hidden_codes.nic_code
    inner join weights
        on by_code.nic_version = weights.nic_version
        and by_code.nic_code = weights.nic_code

)

select
    totals.survey_year,
    totals.cluster_code,
    clusters.cluster_name,
    clusters.cluster_type,
    {% for measure in counted -%}
    {% set family = measure_family(measure) -%}
    {% set shown = 'coalesce(hidden.' ~ family ~ ', 0) = 0' if family else 'true' -%}
    case when {{ shown }} then totals.{{ measure }}_one_cluster end as {{ measure }}_one_cluster,
    case when {{ shown }}{{ ' and hidden_splits.cluster_code is null' if family }}
        then totals.{{ measure }}_by_weights end as {{ measure }}_by_weights,
    {% endfor -%}
    {%- set status -%}
    case
        when hidden.production = 1 then hidden.status
        when hidden_splits.cluster_code is not null then 'suppressed_secondary'
    end
    {%- endset %}
    {{ disclosure_status(status) }} as disclosure,
    coalesce(gaps.null_reason, {{ status }}) as null_reason,
    totals.synthetic = 1 as is_synthetic
from totals
inner join clusters on totals.cluster_code = clusters.cluster_code
inner join gaps on totals.survey_year = gaps.survey_year
inner join years on totals.survey_year = years.survey_year
left join hidden
    on totals.survey_year = hidden.survey_year
    and totals.cluster_code = hidden.cluster_code
left join hidden_splits
    on totals.survey_year = hidden_splits.survey_year
    and totals.cluster_code = hidden_splits.cluster_code
