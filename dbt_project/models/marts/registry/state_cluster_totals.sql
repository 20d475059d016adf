-- Totals of table 2.1 of source 001 as printed and as its rows sum, and the share of the 11 states
-- of high incidence of poverty. The printed handicraft total is one less than its rows, and the
-- printed total of all three kinds follows the printed ones.
{% set kinds = ['micro', 'handicraft', 'handloom'] %}
with counts as (
    select * from {{ ref('state_cluster_counts') }}
),

printed as (
    select * from {{ ref('state_cluster_printed_totals') }}
),

summed as (
    {% for kind in kinds + ['all'] -%}
    {%- set column = 'all_kinds' if kind == 'all' else kind -%}
    select
        '{{ kind }}' as cluster_kind,
        cast(sum({{ column }}) as bigint) as summed_total,
        cast(sum(case when is_high_poverty then {{ column }} else 0 end) as bigint)
            as high_poverty_total
    from counts
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    printed.cluster_kind,
    printed.printed_total,
    summed.summed_total,
    summed.summed_total - printed.printed_total as difference,
    summed.high_poverty_total,
    cast(summed.high_poverty_total as {{ type_double() }}) / summed.summed_total
        as high_poverty_share,
    printed.printed_place,
    false as is_synthetic
from printed
inner join summed on printed.cluster_kind = summed.cluster_kind
