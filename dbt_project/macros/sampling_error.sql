{#
  Totals of measures with their sampling variance, in one pass over the factories:

      V(Y) = sum over strata h of (1 - f_h) n_h / (n_h - 1) * sum over i in h of (w_i z_i - mean_h)^2

  where z_i is the measure inside the domain and zero outside it, but counted in n_h. The inner sum
  is the sum of squares less the square of the sum over n_h, and both come from the factories of the
  domain alone. `variance_scale` and `inverse_units` are those of int_sampling_strata; certain
  factories have scale zero. Source: Taylor linearisation for stratified samples (Wolter,
  Introduction to Variance Estimation, chapter 6).
#}

{# First step: sums by stratum. `domain` are the columns that make a row, `carried` those that depend
   on them, `pairs` products for covariances. What the sample itself adds up to is told of measures. #}
{% macro stratum_sums(relation, domain, variables, carried=[], pairs=[]) %}
    select
        {% for column in domain -%}
        {{ column }},
        {% endfor -%}
        stratum,
        {% for column in carried -%}
        max({{ column }}) as {{ column }},
        {% endfor -%}
        max(variance_scale) as variance_scale,
        max(inverse_units) as inverse_units,
        count(*) as factories_sampled,
        max(case when is_synthetic then 1 else 0 end) as is_synthetic,
        {% for measure in variables -%}
        {% if measure in measures() -%}
        {{ total(measure) }} as {{ measure }}_actual,
        {% endif -%}
        {{ total(measure, ' * multiplier') }} as {{ measure }}_sum,
        sum({{ weighted(measure) }} * {{ weighted(measure) }}) as {{ measure }}_squares
        {{- ',' if not loop.last or pairs }}
        {% endfor -%}
        {% for one, other in pairs -%}
        sum({{ weighted(one) }} * {{ weighted(other) }}) as {{ one }}_by_{{ other }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from {{ relation }}
    group by
        {% for column in domain -%}
        {{ column }},
        {% endfor -%}
        stratum
{% endmacro %}

{# Second step: totals and variances of each row of the domain, and the covariances of `pairs` and, for
   the measures in `placed`, with the total of the row's place (`<measure>_place_sum` by stratum). #}
{% macro domain_totals(relation, domain, variables, carried=[], pairs=[], placed=[]) %}
    select
        {% for column in domain -%}
        {{ column }},
        {% endfor -%}
        {% for column in carried -%}
        max({{ column }}) as {{ column }},
        {% endfor -%}
        cast(sum(factories_sampled) as bigint) as factories_sampled,
        {% for measure in variables -%}
        {% if measure in measures() -%}
        {{ total(measure, '_actual') }} as {{ measure }}_actual,
        {% endif -%}
        {{ total(measure, '_sum') }} as {{ measure }}_estimated,
        {{ stratified(measure ~ '_squares', measure ~ '_sum', measure ~ '_sum') }}
            as {{ measure }}_variance,
        {% endfor -%}
        {% for one, other in pairs -%}
        {{ stratified(one ~ '_by_' ~ other, one ~ '_sum', other ~ '_sum') }}
            as {{ one }}_{{ other }}_covariance,
        {% endfor -%}
        {% for measure in placed -%}
        {{ stratified(measure ~ '_squares', measure ~ '_sum', measure ~ '_place_sum') }}
            as {{ measure }}_place_covariance,
        {% endfor -%}
        max(is_synthetic) = 1 as is_synthetic
    from {{ relation }}
    group by
        {% for column in domain -%}
        {{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
{% endmacro %}

{# Powers outgrow the decimals of an exact sum; what is made of them is published rounded. #}
{% macro total(measure, rest='') -%}
    {{ 'sum(' ~ measure ~ rest ~ ')' if measure in powers() else exact_sum(measure ~ rest) }}
{%- endmacro %}

{# The weighted value with the decimals that an exact sum gives it: squares and sums of unlike digits
   would leave a variance where there is none. #}
{% macro weighted(measure) -%}
    {%- if measure in powers() -%}
    ({{ measure }} * multiplier)
    {%- else -%}
    cast(cast({{ measure }} * multiplier as decimal(38, 8)) as {{ type_double() }})
    {%- endif -%}
{%- endmacro %}

{% macro stratified(products, one, other) -%}
    sum(variance_scale * ({{ products }} - {{ one }} * {{ other }} * inverse_units))
{%- endmacro %}

{# Variance of a statistic from its linearised values z of every unit, zero outside the domain, by
   `domain`; beside it the largest scale of a stratum, 0 where all was taken, and Satterthwaite's degrees
   of freedom over strata, of which one of a lone unit has one. #}
{% macro variance_of_linearised(relation, domain) %}
    {%- set keys = domain | join(', ') %}
    select
        {{ keys }},
        {{ stratified('z_squares', 'z_sum', 'z_sum') }} as variance,
        max(variance_scale) as largest_scale,
        power(sum(part), 2) / nullif(sum(power(part, 2) / greatest(
            1 / nullif(inverse_units, 0) - 1, 1
        )), 0) as degrees
    from (
        select
            *,
            greatest(variance_scale * (z_squares - z_sum * z_sum * inverse_units), 0) as part
        from (
            select
                {{ keys }},
                stratum,
                max(variance_scale) as variance_scale,
                max(inverse_units) as inverse_units,
                sum(z) as z_sum,
                sum(z * z) as z_squares
            from {{ relation }}
            group by {{ keys }}, stratum
        ) as sums
    ) as strata
    group by {{ keys }}
{% endmacro %}

{# Weighted linearised value of a unit's answer: of a mean or ratio (y - R x) / sum(w x), of a total
   (y - mean) * up + mean, and the mean where it did not answer. `sums` has the estimate and the sums of
   int_round_estimates. #}
{% macro linearised_answer(units, sums) -%}
    {{ units }}.weight * case
        when {{ sums }}.statistic not in ('total', 'growth')
            then coalesce(({{ units }}.y - {{ sums }}.estimate * {{ units }}.x) / {{ sums }}.sum_x, 0)
        when {{ units }}.status = 'answered'
            then ({{ units }}.y - {{ sums }}.sum_y / {{ sums }}.answering)
            * {{ sums }}.applicable / {{ sums }}.answering
            + {{ sums }}.sum_y / {{ sums }}.answering
        when {{ units }}.status <> 'not_applicable' then {{ sums }}.sum_y / {{ sums }}.answering
        else 0
    end
{%- endmacro %}

{# Relative standard error by the smoothed variance, 0-1; nothing where the estimate is zero or missing,
   or where the variance can't be estimated. #}
{% macro relative_error(totals, errors, measure) -%}
    case when {{ totals }}.{{ measure }}_estimated <> 0
        then sqrt({{ errors }}.{{ measure }}_smoothed_variance)
        / abs({{ totals }}.{{ measure }}_estimated) end
{%- endmacro %}
