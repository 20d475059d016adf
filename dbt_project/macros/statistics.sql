{# The difference of two sums, without the last bits of large ones, in which the order of adding
   shows: persons and factories to the third decimal, money to the rupee; never minus zero. #}
{% macro difference(measure, expression) -%}
    round({{ expression }}, {{ 0 if measure == 'gross_value_added' else 3 }}) + 0
{%- endmacro %}

{# The smallest value at which the weights up to it make half of all, by `keys`; null values are left
   out. Weights are added as decimals: half is then half in any order. Columns: the keys, median,
   rows_counted. #}
{% macro weighted_median(relation, keys, value, weight) %}
    select
        {% for key in keys %}{{ key }}, {% endfor %}
        min(case when weight_so_far + weight_so_far >= weight_of_all then {{ value }} end) as median,
        max(rows_counted) as rows_counted
    from (
        select
            {% for key in keys %}{{ key }}, {% endfor %}
            {{ value }},
            sum(cast({{ weight }} as decimal(38, 8))) over (
                partition by {{ keys | join(', ') }} order by {{ value }}
                rows between unbounded preceding and current row
            ) as weight_so_far,
            sum(cast({{ weight }} as decimal(38, 8))) over (partition by {{ keys | join(', ') }})
                as weight_of_all,
            count(*) over (partition by {{ keys | join(', ') }}) as rows_counted
        from {{ relation }}
        where {{ value }} is not null
    ) as ordered
    group by {{ keys | join(', ') }}
{% endmacro %}

{# Six decimals, two from a thousand on. #}
{% macro shown_digits(expression) -%}
    case
        when abs({{ expression }}) < 1000 then round({{ expression }}, 6)
        else round({{ expression }}, 2)
    end + 0
{%- endmacro %}

{# A standard error below a millionth of its value is what rounding leaves of none. #}
{% macro shown_error(value, error) -%}
    case
        when {{ error }} < 1e-6 * abs({{ value }}) then 0.0
        when abs({{ value }}) < 1000 then round({{ error }}, 6)
        else round({{ error }}, 2)
    end
{%- endmacro %}

{# Six significant digits: those after them would be those of the order of addition. Powers are those that
   are whole numbers, so that nothing is left behind the digits. #}
{% macro significant(expression) -%}
    {%- set place = 'floor(log10(abs(' ~ expression ~ ')))' -%}
    case
        when {{ expression }} = 0 then 0.0
        when abs({{ expression }}) < 1000000
            then round({{ expression }} * power(10, 5 - {{ place }})) / power(10, 5 - {{ place }})
        else round({{ expression }} / power(10, {{ place }} - 5)) * power(10, {{ place }} - 5)
    end
{%- endmacro %}
