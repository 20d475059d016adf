{{ config(materialized = 'table') }}
-- Estimated totals of every variable of the recipes by cell, with sampling variances, the covariances of
-- ratios, and those with the total of the state or district that the cell is a part of.
{% set domain = facts_domain() %}
{% set carried = ['state_name', 'cluster_name', 'cluster_type'] %}
{% set parent = 'object_type, survey_year, state_code, district_code' %}
with by_stratum as (
    {{ stratum_sums(ref('int_facts_factory'), domain, facts_variables(), carried, facts_pairs()) }}
),

with_parent as (
    select
        *,
        {% for variable in facts_parent_variables() -%}
        sum({{ variable }}_sum) over (partition by {{ parent }}, stratum) as {{ variable }}_of_parent
        {{- ',' if not loop.last }}
        {% endfor -%}
    from by_stratum
),

totals as (
    {{ domain_totals('with_parent', domain, facts_variables(), carried, facts_pairs()) }}
),

-- a factory of the cell is one of the parent too: its products with itself are the cell's squares
covariances as (
    select
        {% for column in domain -%}
        {{ column }},
        {% endfor -%}
        {% for variable in facts_parent_variables() -%}
        {{ stratified(variable ~ '_squares', variable ~ '_sum', variable ~ '_of_parent') }}
            as {{ variable }}_parent_covariance
        {{- ',' if not loop.last }}
        {% endfor -%}
    from with_parent
    group by {{ domain | join(', ') }}
)

-- the covariances of a parent's cells with it add up to its variance
select
    totals.*,
    {% for variable in facts_parent_variables() -%}
    covariances.{{ variable }}_parent_covariance,
    sum(covariances.{{ variable }}_parent_covariance) over (partition by {{ parent }})
        as {{ variable }}_parent_variance,
    sum({{ variable }}_estimated) over (partition by {{ parent }}) as {{ variable }}_parent
    {{- ',' if not loop.last }}
    {% endfor -%}
from totals
inner join covariances using ({{ domain | join(', ') }})
