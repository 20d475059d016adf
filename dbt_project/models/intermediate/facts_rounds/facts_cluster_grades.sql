-- Reliability of each named cluster's data in each period, by the grades of its units after
-- warnings. A: at least 60 % of the unit weight is graded A, and 85 % of what was asked was
-- answered. B: at least 60 % is graded A or B, and 75 % was answered. Else C. The thresholds are
-- Locus's proposal.
{% set weight_needed = 0.6 %}
{% set response_for_a = 0.85 %}
{% set response_for_b = 0.75 %}
-- shares of weights meet their thresholds in spite of rounding
{% set rounding = 1e-9 %}
with clusters as (
    select * from {{ ref('int_round_clusters') }}
),

sample as (
    select * from {{ ref('int_round_sample') }}
),

shares as (
    select
        period,
        cluster_id,
        count(*) as units_accepted,
        sum(weight * case when grade = 'A' then 1 else 0 end) / sum(weight) as weight_share_a,
        sum(weight * case when grade = 'B' then 1 else 0 end) / sum(weight) as weight_share_b,
        sum(weight * case when grade = 'C' then 1 else 0 end) / sum(weight) as weight_share_c,
        cast(sum(items_answered) as {{ type_double() }}) / nullif(sum(items_asked), 0)
            as item_response
    from sample
    group by period, cluster_id
),

passed as (
    select
        *,
        weight_share_a >= {{ weight_needed }} - {{ rounding }} as has_books,
        weight_share_a + weight_share_b >= {{ weight_needed }} - {{ rounding }} as has_books_in_part
    from shares
)

select
    clusters.cluster_id as object_id,
    clusters.period,
    coalesce(passed.units_accepted, 0) as units_accepted,
    passed.weight_share_a,
    passed.weight_share_b,
    passed.weight_share_c,
    passed.item_response,
    case
        when passed.has_books and passed.item_response >= {{ response_for_a }} then 'A'
        when passed.has_books_in_part and passed.item_response >= {{ response_for_b }} then 'B'
        else 'C'
    end as grade,
    case
        when passed.units_accepted is null then 'no_units_accepted'
        when not passed.has_books_in_part then 'too_many_from_memory'
        when passed.item_response < {{ response_for_b }} then 'item_response'
        when not passed.has_books then 'too_few_books_seen'
        when passed.item_response < {{ response_for_a }} then 'item_response'
    end as grade_limited_by,
    case when passed.units_accepted is null then 'no_units_accepted' end as null_reason,
    clusters.is_synthetic
from clusters
left join passed
    on clusters.period = passed.period
    and clusters.cluster_id = passed.cluster_id
