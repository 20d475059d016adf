-- Totals of open factories by state and cluster with sampling variances; official and harmonised
-- states. Covariances serve the standard errors of ratios, and those with the total of the state the
-- errors of shares and location quotients: a stratum lies in one state, so every other covariance of
-- the quotient follows from them.
{% set domain = ['state_basis', 'survey_year', 'basis_state_code', 'cluster_code'] %}
{% set carried = ['basis_state_name', 'cluster_name', 'cluster_type'] %}
{% set variables = measures() + ratio_parts() %}
with by_stratum as (
    {{ stratum_sums(
        ref('int_factory_by_state'), domain, variables, carried, covariance_pairs()
    ) }}
),

with_state as (
    select
        *,
        {% for name, measure in quotient_measures().items() -%}
        sum({{ measure }}_sum) over (
            partition by state_basis, survey_year, basis_state_code, stratum
        ) as {{ measure }}_of_state
        {{- ',' if not loop.last }}
        {% endfor -%}
    from by_stratum
),

totals as (
    {{ domain_totals('with_state', domain, variables, carried, covariance_pairs()) }}
),

-- a factory of the cell is one of the state too: its products with itself are the cell's squares
covariances as (
    select
        {% for column in domain -%}
        {{ column }},
        {% endfor -%}
        {% for name, measure in quotient_measures().items() -%}
        {{ stratified(measure ~ '_squares', measure ~ '_sum', measure ~ '_of_state') }}
            as {{ measure }}_state_covariance
        {{- ',' if not loop.last }}
        {% endfor -%}
    from with_state
    group by
        {% for column in domain -%}
        {{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
)

select
    totals.*,
    {% for name, measure in quotient_measures().items() -%}
    covariances.{{ measure }}_state_covariance
    {{- ',' if not loop.last }}
    {% endfor -%}
from totals
inner join covariances
    on totals.state_basis = covariances.state_basis
    and totals.survey_year = covariances.survey_year
    and totals.basis_state_code = covariances.basis_state_code
    and totals.cluster_code = covariances.cluster_code
