-- What developing one cluster takes over five years, computed from the parts of source 001 (section
-- 4.3) and as it prints it. The parts sum to 160-250 lakh; the source prints Rs 1.3 to 2.5 crores,
-- whose lower end does not follow from them.
with parts as (
    select
        {% for part in [
            'capacity_budget', 'stakeholder_share', 'development_executive', 'implementing_agency',
            'training_monitoring', 'infrastructure', 'infrastructure_other_sources',
            'printed_development_fund', 'printed_capacity_total', 'printed_infrastructure_total',
            'printed_total', 'printed_average', 'clusters', 'printed_programme',
        ] -%}
        max(case when part = '{{ part }}' then low end) as {{ part }}_low,
        max(case when part = '{{ part }}' then high end) as {{ part }}_high
        {{- ',' if not loop.last }}
        {% endfor %}
    from {{ ref('resource_requirements') }}
),

-- small clusters have the small budget and the small share of stakeholders, large ones the large
fund as (
    select
        *,
        capacity_budget_low * (1 - stakeholder_share_low) as development_fund_low,
        capacity_budget_high * (1 - stakeholder_share_high) as development_fund_high
    from parts
),

-- little from other sources goes with little infrastructure, as the printed 80 to 150 has it
totals as (
    select
        *,
        development_fund_low + development_executive_low + implementing_agency_low
        + training_monitoring_low as capacity_total_low,
        development_fund_high + development_executive_high + implementing_agency_high
        + training_monitoring_high as capacity_total_high,
        infrastructure_low - infrastructure_other_sources_low as infrastructure_total_low,
        infrastructure_high - infrastructure_other_sources_high as infrastructure_total_high
    from fund
),

lines as (
    select
        1 as line_number,
        'development_fund' as item,
        'Development fund: capacity budget less what stakeholders and support institutions bring'
            as description,
        development_fund_low as computed_low,
        development_fund_high as computed_high,
        printed_development_fund_low as printed_low,
        printed_development_fund_high as printed_high
    from totals

    union all

    select
        2,
        'capacity_total',
        'Development fund, development executive, implementing agency, training and monitoring',
        capacity_total_low,
        capacity_total_high,
        printed_capacity_total_low,
        printed_capacity_total_high
    from totals

    union all

    select
        3,
        'infrastructure_total',
        'Infrastructure of the cluster less what comes from other sources',
        infrastructure_total_low,
        infrastructure_total_high,
        printed_infrastructure_total_low,
        printed_infrastructure_total_high
    from totals

    union all

    select
        4,
        'total',
        'One cluster over 5 years',
        capacity_total_low + infrastructure_total_low,
        capacity_total_high + infrastructure_total_high,
        printed_total_low,
        printed_total_high
    from totals

    union all

    select
        5,
        'programme',
        'All clusters of the programme over 5 years, at the printed average for one',
        printed_average_low * clusters_low,
        printed_average_high * clusters_high,
        printed_programme_low,
        printed_programme_high
    from totals
)

select
    cast(line_number as bigint) as line_number,
    item,
    description,
    'Rs lakh' as unit,
    computed_low,
    computed_high,
    printed_low,
    printed_high,
    round(computed_low - printed_low, 6) as difference_low,
    round(computed_high - printed_high, 6) as difference_high,
    case
        when abs(computed_low - printed_low) > 0.000001
            or abs(computed_high - printed_high) > 0.000001
            then 'The printed figure does not follow from the printed parts'
    end as discrepancy,
    'Source 001, section 4.3' as source,
    false as is_synthetic
from lines
