{{ config(materialized = 'table') }}
-- Estimated totals of every variable of the recipes by cell, with sampling variances, the covariances of
-- ratios, and those with the total of the state or district that the cell is a part of.
{% set domain = facts_domain() %}
{% set carried = ['state_name', 'cluster_name', 'cluster_type'] %}
{% set parent = 'object_type, survey_year, state_code, district_code' %}
with by_stratum as (
    {{ stratum_sums(ref('int_facts_factory'), domain, facts_variables(), carried, facts_pairs()) }}
),

-- A factory of the cell is one of the parent too: its products with itself are the cell's squares.
with_parent as (
    select
        *,
        {% for variable in facts_parent_variables() -%}
        sum({{ variable }}_sum) over (partition by {{ parent }}, stratum) as {{ variable }}_parent_sum,
        {{ variable }}_squares as {{ variable }}_by_{{ variable }}_parent
        {{- ',' if not loop.last }}
        {% endfor -%}
    from by_stratum
),

{% set pairs = facts_pairs() -%}
{%- for variable in facts_parent_variables() -%}
    {%- do pairs.append((variable, variable ~ '_parent')) -%}
{%- endfor -%}
totals as (
    {{ domain_totals('with_parent', domain, facts_variables(), carried, pairs) }}
)

-- the covariances of a parent's cells with it add up to its variance
select
    *,
    {% for variable in facts_parent_variables() -%}
    sum({{ variable }}_{{ variable }}_parent_covariance) over (partition by {{ parent }})
        as {{ variable }}_parent_variance,
    sum({{ variable }}_estimated) over (partition by {{ parent }}) as {{ variable }}_parent
    {{- ',' if not loop.last }}
    {% endfor -%}
from totals
