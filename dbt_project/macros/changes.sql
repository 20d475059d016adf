{#
  How two cells differ, over years or between places: of any two published rows, here called `base` and
  `now`, with columns estimated, rse, lower and upper (the 95 % limits of each).

      difference  D = now - base
      its error   sqrt(se_now^2 + se_base^2)
      its limits  D - sqrt((now - lower_now)^2 + (upper_base - base)^2)
                  D + sqrt((upper_now - now)^2 + (base - lower_base)^2)

  The limits recover the variances from those of the two figures, so that the skewness of each is kept
  (Zou and Donner 2008, "MOVER"); with symmetric limits they are D +- 1.96 errors.

  The two samples are taken as independent. Samples of different years are drawn anew, and two states
  share no stratum. The census sector, the same large factories in both years, is taken whole: it has no
  sampling error in either, hence no covariance, however alike its figures are. Where a factory is drawn
  in both years the covariance is positive and left out, so that the error is rather too large. A cell and
  another that it is a part of are not independent: their difference is the rest, a cell of its own.

  The same formula in Python: locus_pipeline.methods.indicators.differences.
#}
{% macro cell_difference(base, now) -%}
    ({{ now }}.estimated - {{ base }}.estimated)
{%- endmacro %}

{% macro cell_difference_error(base, now) -%}
    sqrt(
        power({{ now }}.rse * {{ now }}.estimated, 2) + power({{ base }}.rse * {{ base }}.estimated, 2)
    )
{%- endmacro %}

{% macro cell_difference_lower(base, now) -%}
    {{ cell_difference(base, now) }} - sqrt(
        power({{ now }}.estimated - {{ now }}.lower, 2) + power({{ base }}.upper - {{ base }}.estimated, 2)
    )
{%- endmacro %}

{% macro cell_difference_upper(base, now) -%}
    {{ cell_difference(base, now) }} + sqrt(
        power({{ now }}.upper - {{ now }}.estimated, 2) + power({{ base }}.estimated - {{ base }}.lower, 2)
    )
{%- endmacro %}

{#
  Limits of the quotient now / base, on the logarithm, on which amounts have theirs: the distances of both
  add up as squares, as in growth (docs/small-cells.md, "The same in SQL", 9).

      R = now / base
      R exp(-sqrt(ln(now / lower_now)^2 + ln(upper_base / base)^2))
      R exp(+sqrt(ln(upper_now / now)^2 + ln(base / lower_base)^2))

  Defined where both lower limits are above zero (`cell_has_quotient_limits`).
#}
{% macro cell_has_quotient_limits(base, now) -%}
    ({{ now }}.lower > 0 and {{ base }}.lower > 0)
{%- endmacro %}

{% macro cell_quotient_lower(base, now) -%}
    case when {{ cell_has_quotient_limits(base, now) }} then
        {{ now }}.estimated / {{ base }}.estimated * exp(-sqrt(
            power(ln({{ now }}.estimated / {{ now }}.lower), 2)
            + power(ln({{ base }}.upper / {{ base }}.estimated), 2)
        ))
    end
{%- endmacro %}

{% macro cell_quotient_upper(base, now) -%}
    case when {{ cell_has_quotient_limits(base, now) }} then
        {{ now }}.estimated / {{ base }}.estimated * exp(sqrt(
            power(ln({{ now }}.upper / {{ now }}.estimated), 2)
            + power(ln({{ base }}.estimated / {{ base }}.lower), 2)
        ))
    end
{%- endmacro %}

{# What may be said of a difference with these limits. #}
{% macro cell_verdict(lower, upper) -%}
    case
        when {{ lower }} is null or {{ upper }} is null then 'not_estimable'
        when {{ lower }} > 0 then 'up'
        when {{ upper }} < 0 then 'down'
        else 'no_clear_change'
    end
{%- endmacro %}

{# Measures whose changes are published. #}
{% macro changing_measures() %}
    {{ return([
        'units', 'total_employees', 'total_employee_wages', 'total_output', 'gross_value_added',
    ]) }}
{% endmacro %}
