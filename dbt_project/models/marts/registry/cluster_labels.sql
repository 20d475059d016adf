-- Locus's quality label of each association and each cluster manager in each period: none, bronze,
-- silver or gold, by the share of attainable points and the grade of the cluster's data. Criteria
-- and levels are a proposal of Locus (seeds label_criteria, label_levels), no certificate; source
-- 002, section 5.1.vi, asks for such a label and gives no criteria. Beside it what the association
-- says of itself.
{% set rounding = 1e-9 %}
with criteria as (
    select
        cluster_id,
        period,
        subject,
        criterion,
        criterion_name,
        max(criterion_points) as points,
        max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from {{ ref('cluster_label_points') }}
    group by cluster_id, period, subject, criterion, criterion_name
),

levels as (
    select * from {{ ref('label_levels') }}
),

totals as (
    select
        cluster_id,
        period,
        subject,
        coalesce(sum(points), 0) as points,
        3.0 * count(points) as points_attainable,
        count(points) as criteria_measured,
        count(*) as criteria,
        {{ dbt.listagg(
            "case when points < 3 then criterion_name || ' (' "
            "|| cast(round(points, 1) as varchar) || ' of 3)' end",
            "', '", "order by points, criterion"
        ) }} as short_of_points,
        {{ dbt.listagg(
            "case when points is null then criterion_name end", "', '", "order by criterion"
        ) }} as unmeasured,
        is_synthetic
    from criteria
    group by cluster_id, period, subject, is_synthetic
),

objects as (
    select * from {{ ref('facts_round_objects') }}
),

clusters as (
    select * from {{ ref('int_round_clusters') }}
),

answers as (
    select * from {{ ref('int_round_cluster_answers') }}
),

named as (
    select * from {{ ref('named_clusters') }}
),

assessed as (
    select
        totals.*,
        objects.object_name as cluster_name,
        objects.state_code,
        objects.grade,
        clusters.collected_to,
        totals.points / nullif(totals.points_attainable, 0) as points_share,
        cast(totals.criteria_measured as {{ type_double() }}) / totals.criteria as measured_share,
        answers.quality_label,
        case
            when not answers.has_association_schedule then 'no_association_schedule'
            when answers.association_exists = 0 then 'no_association'
            when answers.association_exists is null then 'not_answered'
            when totals.subject = 'cluster_manager' and answers.manager_named = 0
                then 'no_manager'
        end as no_subject
    from totals
    inner join objects
        on totals.cluster_id = objects.object_id
        and totals.period = objects.period
    inner join clusters
        on totals.cluster_id = clusters.cluster_id
        and totals.period = clusters.period
    inner join answers
        on totals.cluster_id = answers.cluster_id
        and totals.period = answers.period
),

reached as (
    select
        assessed.cluster_id,
        assessed.period,
        assessed.subject,
        max(levels.level) as level_by_points,
        max(case when assessed.grade <= levels.lowest_grade then levels.level end)
            as level
    from assessed
    inner join levels
        on assessed.points_share >= levels.points_share - {{ rounding }}
        and assessed.measured_share >= levels.measured_share - {{ rounding }}
    group by assessed.cluster_id, assessed.period, assessed.subject
),

judged as (
    select
        assessed.*,
        reached.level_by_points,
        case when assessed.no_subject is null then reached.level end as level,
        case
            when assessed.no_subject is not null then assessed.no_subject
            when reached.level_by_points is null then 'not_measured'
            when reached.level is null then 'data_grade'
        end as null_reason
    from assessed
    left join reached
        on assessed.cluster_id = reached.cluster_id
        and assessed.period = reached.period
        and assessed.subject = reached.subject
),

-- what is missing to the next label, or to any where there is none
ahead as (
    select
        judged.*,
        following.label as next_label,
        following.lowest_grade as next_grade,
        following.measured_share as next_measured_share,
        greatest(following.points_share * judged.points_attainable - judged.points, 0)
            as points_to_next
    from judged
    left join levels as following on coalesce(judged.level, 0) + 1 = following.level
)

select
    ahead.cluster_id,
    ahead.cluster_name,
    ahead.state_code,
    ahead.period,
    ahead.subject,
    given.label,
    cast(ahead.level as bigint) as level,
    ahead.null_reason,
    cast(ahead.points as {{ type_double() }}) as points,
    cast(ahead.points_attainable as {{ type_double() }}) as points_attainable,
    cast(ahead.points_share as {{ type_double() }}) as points_share,
    cast(ahead.criteria_measured as bigint) as criteria_measured,
    cast(ahead.criteria as bigint) as criteria,
    ahead.grade as data_grade,
    coalesce(ahead.level < ahead.level_by_points, false) as is_limited_by_data_grade,
    ahead.next_label,
    case when ahead.no_subject is null and ahead.next_label is not null
        then cast(ahead.points_to_next as {{ type_double() }}) end as points_to_next,
    case
        when ahead.no_subject = 'no_manager' then 'a cluster manager'
        when ahead.no_subject = 'no_association' then 'an association'
        when ahead.no_subject is not null then 'an association schedule that says whether there is one'
        when ahead.next_label is not null then
            coalesce(
                case when ahead.grade > ahead.next_grade
                    then 'data of grade ' || ahead.next_grade || '; ' end, ''
            )
            || coalesce(
                case when ahead.measured_share < ahead.next_measured_share - {{ rounding }}
                    then 'answers on ' || ahead.unmeasured || '; ' end, ''
            )
            || case
                when ahead.points_to_next > {{ rounding }}
                    then cast(ceil(10 * ahead.points_to_next - {{ rounding }}) / 10 as varchar)
                        || ' points more, from: ' || ahead.short_of_points
                else 'no more points'
            end
    end as next_needs,
    case when ahead.level > 0 then cast(ahead.collected_to as date) end as valid_from,
    case when ahead.level > 0
        then cast({{ dbt.dateadd('year', 'given.years_valid', 'cast(ahead.collected_to as date)') }}
            as date) end as valid_until,
    ahead.period = named.newest_period as is_newest,
    case when ahead.subject = 'association' then declared.label end as self_declared_label,
    case
        when ahead.subject <> 'association' then 'not_asked_of_managers'
        when declared.label is null then coalesce(ahead.no_subject, 'not_answered')
    end as self_declared_null_reason,
    'proposal_of_locus' as basis,
    ahead.is_synthetic
from ahead
left join levels as given on ahead.level = given.level
left join levels as declared on ahead.quality_label = declared.level
left join named on ahead.cluster_id = named.cluster_id
