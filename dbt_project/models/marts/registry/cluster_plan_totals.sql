-- The plan by cluster, by state and as a programme: low, average and high, by payer and by year (Rs lakh),
-- and beside it the allocation of source 001, section 4.3, as its parts make it and as it is printed, for
-- so many clusters.
{% set payers = ['stakeholders', 'implementing_agency', 'support_institutions', 'other_sources'] -%}
with costs as (
    select * from {{ ref('cluster_plan') }}
),

clusters as (
    select * from {{ ref('int_plan_clusters') }}
),

printed as (
    select
        max(case when item = 'total' then computed_low end) as with_infrastructure_low,
        max(case when item = 'total' then computed_high end) as with_infrastructure_high,
        max(case when item = 'capacity_total' then computed_low end) as capacity_low,
        max(case when item = 'capacity_total' then computed_high end) as capacity_high,
        max(case when item = 'capacity_total' then printed_low end) as printed_capacity_low,
        max(case when item = 'capacity_total' then printed_high end) as printed_capacity_high,
        max(case when item = 'total' then printed_low end) as printed_low,
        max(case when item = 'total' then printed_high end) as printed_high,
        max(case when item = 'total' then discrepancy end) as discrepancy
    from {{ ref('resource_requirement') }}
),

average as (
    select low as printed_average from {{ ref('resource_requirements') }}
    where part = 'printed_average'
),

levels as (
    select
        'cluster' as level,
        cluster_id as code,
        cluster_name as name,
        cluster_id
    from clusters

    union all

    select
        'state' as level,
        state_code as code,
        state_name as name,
        cluster_id
    from clusters

    union all

    select
        'programme' as level,
        'all' as code,
        'All planned clusters' as name,
        cluster_id
    from clusters
),

allocations as (
    select
        levels.level,
        levels.code,
        max(levels.name) as name,
        count(*) as clusters,
        sum(case when clusters.infrastructure then printed.with_infrastructure_low
            else printed.capacity_low end) as allocation_low_lakh,
        sum(case when clusters.infrastructure then printed.with_infrastructure_high
            else printed.capacity_high end) as allocation_high_lakh,
        sum(case when clusters.infrastructure then printed.printed_low
            else printed.printed_capacity_low end) as printed_low_lakh,
        sum(case when clusters.infrastructure then average.printed_average end)
            as printed_average_lakh,
        sum(case when clusters.infrastructure then printed.printed_high
            else printed.printed_capacity_high end) as printed_high_lakh,
        max(printed.discrepancy) as discrepancy,
        max(case when clusters.is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from levels
    inner join clusters on levels.cluster_id = clusters.cluster_id
    cross join printed
    cross join average
    group by levels.level, levels.code
),

sums as (
    select
        levels.level,
        levels.code,
        {% for amount in ['low', 'average', 'high'] -%}
        sum(costs.{{ amount }}_lakh) as {{ amount }}_lakh,
        {% endfor -%}
        {% for payer in payers -%}
        {% for amount in ['low', 'average', 'high'] -%}
        sum(case when costs.payer = '{{ payer }}' then costs.{{ amount }}_lakh else 0 end)
            as {{ payer }}_{{ amount }}_lakh,
        {% endfor -%}
        {% endfor -%}
        {% for year in range(1, 6) -%}
        {% for amount in ['low', 'average', 'high'] -%}
        sum(case when costs.year = {{ year }} then costs.{{ amount }}_lakh else 0 end)
            as year_{{ year }}_{{ amount }}_lakh
        {{- ',' if not (year == 5 and amount == 'high') }}
        {% endfor -%}
        {% endfor %}
    from levels
    inner join costs on levels.cluster_id = costs.cluster_id
    group by levels.level, levels.code
)

select
    allocations.level,
    allocations.code,
    allocations.name,
    allocations.clusters,
    {% for amount in ['low', 'average', 'high'] -%}
    sums.{{ amount }}_lakh,
    {% endfor -%}
    {% for payer in payers -%}
    {% for amount in ['low', 'average', 'high'] -%}
    sums.{{ payer }}_{{ amount }}_lakh,
    {% endfor -%}
    {% endfor -%}
    {% for year in range(1, 6) -%}
    {% for amount in ['low', 'average', 'high'] -%}
    sums.year_{{ year }}_{{ amount }}_lakh,
    {% endfor -%}
    {% endfor -%}
    allocations.allocation_low_lakh,
    allocations.allocation_high_lakh,
    allocations.printed_low_lakh,
    allocations.printed_average_lakh,
    allocations.printed_high_lakh,
    allocations.discrepancy,
    allocations.is_synthetic
from allocations
inner join sums
    on allocations.level = sums.level
    and allocations.code = sums.code
