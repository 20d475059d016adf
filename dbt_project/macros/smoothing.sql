{#
  Variances of cells of few factories, drawn towards what many strata say, and limits that hold: the
  steps of docs/small-cells.md ("The same in SQL") that are written for each variable. The functions of
  locus_pipeline/methods/indicators (generalised_variance, intervals) are the same on arrays.
#}

{# Pairs of variables whose smoothed covariances are needed, each variable with itself first. #}
{% macro smoothed_pairs() %}
    {%- set pairs = [] -%}
    {%- for variable in smoothed_variables() -%}
        {%- do pairs.append((variable, variable)) -%}
    {%- endfor -%}
    {%- do pairs.extend(covariance_pairs()) -%}
    {{ return(pairs) }}
{% endmacro %}

{# The variables that spreads are relative to. #}
{% macro smoothing_levels() %}
    {%- set levels = [] -%}
    {%- for level, prior in smoothed_variables().values() if level not in levels -%}
        {%- do levels.append(level) -%}
    {%- endfor -%}
    {{ return(levels) }}
{% endmacro %}

{# Sum of products about the mean of the cell's factories of a stratum. #}
{% macro spread_within(one, other) -%}
    ({{ one }}_by_{{ other }} - {{ one }}_sum * {{ other }}_sum / inside)
{%- endmacro %}

{# A relative spread: over the roots of both variables' bases, 0 where there is nothing to compare. #}
{% macro relative_spread(one, other, relation) -%}
    {%- set of_one = relation ~ '.' ~ smoothed_variables()[one][0] ~ '_base' -%}
    {%- set of_other = relation ~ '.' ~ smoothed_variables()[other][0] ~ '_base' -%}
    case when {{ of_one }} > 0 and {{ of_other }} > 0
        then {{ relation }}.{{ one }}_{{ other }}_spread / sqrt({{ of_one }} * {{ of_other }})
        else 0.0 end
{%- endmacro %}

{# The part of a stratum in the smoothed covariance of two totals of a cell: how values differ among the
   cell's factories, drawn towards the common spread, and how many of the stratum's factories are the
   cell's. A factory alone in its stratum keeps its square. #}
{% macro smoothed_part(one, other) -%}
    {%- set level_of_one, prior_of_one = smoothed_variables()[one] -%}
    {%- set level_of_other, prior_of_other = smoothed_variables()[other] -%}
    {%- set weight -%}
    sqrt((inside - 1 + {{ prior_of_one }}) * (inside - 1 + {{ prior_of_other }}))
    {%- endset -%}
    scale * case
        when selected = 1 then {{ one }}_by_{{ other }}
        else (inside - 1) * (
            {{ spread_within(one, other) }}
            + {{ (prior_of_one * prior_of_other) ** 0.5 }} * {{ one }}_{{ other }}_common
            * {{ level_of_one }}_sum * {{ level_of_other }}_sum / inside / inside
        ) / {{ weight }}
        + members * {{ one }}_sum * {{ other }}_sum / inside / inside
    end
{%- endmacro %}

{# The part of a stratum in the variance of a ratio of two totals, by Taylor linearisation. #}
{% macro ratio_part(numerator, denominator) -%}
    {%- set ratio = numerator ~ '_estimated / ' ~ denominator ~ '_estimated' -%}
    case when {{ denominator }}_estimated <> 0 then greatest(
        {{ numerator }}_{{ numerator }}_part
        - 2 * {{ ratio }} * {{ numerator }}_{{ denominator }}_part
        + {{ ratio }} * {{ ratio }} * {{ denominator }}_{{ denominator }}_part, 0
    ) / {{ denominator }}_estimated / {{ denominator }}_estimated end
{%- endmacro %}

{# Student's quantile of a two-sided interval of 95 %, right to 0.13 % from 3 degrees of freedom on; no
   strata priors give fewer. Without degrees the normal one. #}
{% macro student_quantile(degrees) -%}
    (
        1.959964
        + coalesce(2.372271 / {{ degrees }}, 0)
        + coalesce(2.822499 / power({{ degrees }}, 2), 0)
        + coalesce(2.555850 / power({{ degrees }}, 3), 0)
        + coalesce(1.589534 / power({{ degrees }}, 4), 0)
    )
{%- endmacro %}

{# exp(50) is beyond any figure: a limit that is no limit stays a number. #}
{% macro capped(exponent) -%}
    least({{ exponent }}, 50.0)
{%- endmacro %}

{# How much of an estimate is sampled, as limits may tell it: in grades, and only of a cell with several
   certain factories of which none makes nearly all; else it is all of it. The exact part would tell what
   the certain factories make (docs/decisions/0008-disclosure.md). #}
{% macro sampled_grade(measure) -%}
    {%- set sampled, estimate = measure ~ '_sampled', measure ~ '_estimated' -%}
    case
        {% if not measure_family(measure) -%}
        when {{ estimate }} > 0 then {{ sampled }} / {{ estimate }}
        {% else -%}
        when certain_factories < {{ var('disclosure_factories') }} then 1.0
        when {{ measure }}_largest > {{ var('disclosure_dominance') }} * ({{ estimate }} - {{ sampled }})
            then 1.0
        when {{ sampled }} >= {{ estimate }} * (1 - 1e-6) then 1.0
        when {{ sampled }} <= 0.25 * {{ estimate }} then 0.125
        when {{ sampled }} <= 0.5 * {{ estimate }} then 0.375
        else 0.75
        {% endif -%}
    end
{%- endmacro %}
