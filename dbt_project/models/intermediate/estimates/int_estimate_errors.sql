-- What is known of the errors of each row of int_estimates: the number of sampled factories that are not
-- certain, smoothed variances, degrees of freedom and 95 % limits of totals and ratios, step by step as
-- docs/small-cells.md writes it ("The same in SQL"). A cell without such factories has an error of 0 where
-- none was selected for it either. Where a variance can't be estimated, it is null and so are the limits;
-- it can't where all that were selected closed or changed industry. What makes the cell (cluster, industry)
-- groups the common spreads, where it lies (state, district, sector) holds the strata in which factories
-- of the cell may be unseen. Strata are the factories' own, lone ones not paired: a lone one may stand for
-- others of another cell. Where cells hold whole strata, all industries of a state, they are paired.
{% set keys = domain_keys() -%}
{%- set cell = keys | join(', ') -%}
{%- set survey = ['domain', 'state_basis', 'survey_year'] -%}
{%- set kind = survey + ['cluster_code', 'nic_version', 'nic_code', 'assignment_rule'] -%}
{%- set place = survey + ['state_code', 'district_code', 'sector'] -%}
{%- set variables = smoothed_variables() -%}
{%- set pairs = smoothed_pairs() -%}
{%- set levels = smoothing_levels() -%}
{#- a standard error below a millionth of its value is what rounding leaves of none -#}
{%- set rounding = '1e-12' -%}
{%- set premium = [
    ('skilled_worker_wages', 1), ('skilled_workers', -1),
    ('production_worker_wages', -1), ('production_workers', 1),
] -%}
with totals as (
    select * from {{ ref('int_estimates') }}
),

factories as (
    select * from {{ ref('int_factory_domains') }}
),

selected_cells as (
    select * from {{ ref('int_selected_cells') }}
),

strata as (
    {% for is_paired, stratum, selected, scale in [
        (false, 'own_stratum', 'own_units', 'own_scale'),
        (true, 'stratum', 'units_selected', 'variance_scale'),
    ] -%}
    select
        survey_year,
        factory_id,
        {{ is_paired | lower }} as is_paired,
        {{ stratum }} as stratum,
        {{ selected }} as selected,
        {{ scale }} as scale,
        share_changed
    from {{ ref('int_sampling_strata') }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

rules as (
    {{ interval_rules(['country_prior', 'membership_prior', 'ratio_prior']) }}
),

-- sums and products of weighted values by cell and stratum
moments as (
    select
        {% for key in keys -%}
        factories.{{ key }},
        {% endfor -%}
        strata.stratum,
        cast(count(*) as {{ type_double() }}) as inside,
        max(strata.selected) as selected,
        max(strata.selected) / (1 - avg(strata.share_changed)) as in_frame,
        max(strata.scale) as scale,
        avg(factories.multiplier) as multiplier,
        {% for one in variables -%}
        {{ exact_sum(one ~ ' * factories.multiplier') }} as {{ one }}_sum,
        {% endfor -%}
        {% for one, other in pairs -%}
        sum({{ weighted(one) }} * {{ weighted(other) }}) as {{ one }}_by_{{ other }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from factories
    inner join strata
        on factories.survey_year = strata.survey_year
        and factories.factory_id = strata.factory_id
        and (factories.cluster_code = '') = strata.is_paired
    group by
        {% for key in keys -%}
        factories.{{ key }},
        {% endfor -%}
        strata.stratum
),

-- what the certain factories of a cell are, as far as limits may tell of their part
certain as (
    select
        {% for key in keys -%}
        {{ key }},
        {% endfor -%}
        count(*) as certain_factories,
        {% for measure in measures() -%}
        max({{ measure }}) as {{ measure }}_largest{{ ',' if not loop.last }}
        {% endfor %}
    from factories
    where stratum = ''
    group by {{ cell }}
),

-- a stratum is at home in the cell that most of its factories are in; `stretch` shares out those that
-- were selected over the open ones
placed as (
    select
        *,
        selected > 1 and inside = max(inside) over (partition by {{ survey | join(', ') }}, stratum)
            as is_home,
        selected / sum(inside) over (partition by {{ survey | join(', ') }}, stratum) as stretch
    from moments
),

homes as (
    select
        {% for key in survey -%}
        {{ key }},
        {% endfor -%}
        sum(inside) / sum(in_frame) as share_of_members
    from placed
    where is_home
    group by {{ survey | join(', ') }}
),

-- how relative spreads are within clusters, and in the country
spreads as (
    select
        {% for key in kind -%}
        {{ key }},
        {% endfor -%}
        sum(inside - 1) as degrees,
        {% for level in levels -%}
        sum((inside - 1) * power({{ level }}_sum / inside, 2)) as {{ level }}_base,
        {% endfor -%}
        {% for one, other in pairs -%}
        sum({{ spread_within(one, other) }}) as {{ one }}_{{ other }}_spread
        {{- ',' if not loop.last }}
        {% endfor %}
    from moments
    group by {{ kind | join(', ') }}
),

country_spreads as (
    select
        {% for key in survey -%}
        {{ key }},
        {% endfor -%}
        {% for level in levels -%}
        sum({{ level }}_base) as {{ level }}_base,
        {% endfor -%}
        {% for one, other in pairs -%}
        sum({{ one }}_{{ other }}_spread) as {{ one }}_{{ other }}_spread
        {{- ',' if not loop.last }}
        {% endfor %}
    from spreads
    group by {{ survey | join(', ') }}
),

common as (
    select
        {% for key in kind -%}
        spreads.{{ key }},
        {% endfor -%}
        {% for one, other in pairs -%}
        (
            spreads.degrees * {{ relative_spread(one, other, 'spreads') }}
            + rules.country_prior * {{ relative_spread(one, other, 'country_spreads') }}
        ) / (spreads.degrees + rules.country_prior) as {{ one }}_{{ other }}_common
        {{- ',' if not loop.last }}
        {% endfor %}
    from spreads
    inner join country_spreads using ({{ survey | join(', ') }})
    cross join rules
),

shares as (
    select
        placed.*,
        case
            when placed.is_home
                then (placed.inside + rules.membership_prior * homes.share_of_members)
                / (placed.in_frame + rules.membership_prior)
            else placed.inside / placed.in_frame
        end as share
    from placed
    left join homes using ({{ survey | join(', ') }})
    cross join rules
),

members as (
    select
        *,
        in_frame * share * (1 - share) as members
    from shares
),

parts as (
    select
        {% for key in keys -%}
        members.{{ key }},
        {% endfor -%}
        members.inside,
        {% for one in variables -%}
        members.{{ one }}_sum,
        greatest({{ smoothed_part(one, one) }}, 0) as {{ one }}_{{ one }}_part,
        {% endfor -%}
        {% for one, other in covariance_pairs() -%}
        {{ smoothed_part(one, other) }} as {{ one }}_{{ other }}_part
        {{- ',' if not loop.last }}
        {% endfor %}
    from members
    inner join common using ({{ kind | join(', ') }})
),

-- parts of ratios, by the linear form about the ratio of the cell
ratio_parts as (
    select
        parts.*,
        {% for ratio, (numerator, denominator, positive) in ratios().items() -%}
        {{ ratio_part(numerator, denominator) }} as {{ ratio }}_part,
        {% endfor -%}
        case
            when {% for one, sign in premium -%}
                {{ 'and ' if not loop.first }}{{ one }}_estimated > 0
                {% endfor -%}
                then greatest(
                    {%- for one, sign in premium %}
                    {{ '+ ' if not loop.first }}{{ one }}_{{ one }}_part
                    / {{ one }}_estimated / {{ one }}_estimated
                    {%- endfor %}
                    {%- for one, sign in premium %}
                    {%- for other, other_sign in premium if (one, other) in covariance_pairs() %}
                    {{ '+' if sign * other_sign > 0 else '-' }} 2 * {{ one }}_{{ other }}_part
                    / {{ one }}_estimated / {{ other }}_estimated
                    {%- endfor %}
                    {%- endfor %}, 0)
        end as skill_premium_part
    from parts
    inner join totals using ({{ cell }})
),

-- what a cell may have in strata of its place where none of its factories was drawn
places as (
    select
        {% for key in place -%}
        {{ key }},
        {% endfor -%}
        sum(inside * stretch) as present,
        sum(inside * stretch * (multiplier - 1)) as left_out
    from placed
    group by {{ place | join(', ') }}
),

surveys as (
    select
        {% for key in survey -%}
        {{ key }},
        {% endfor -%}
        sum(present) as present
    from places
    group by {{ survey | join(', ') }}
),

in_places as (
    select
        *,
        sum(inside * stretch) over (partition by {{ place | join(', ') }}, stratum)
            as stratum_present,
        sum(inside * stretch * (multiplier - 1)) over (
            partition by {{ place | join(', ') }}, stratum
        ) as stratum_left_out
    from placed
),

cells as (
    select
        {% for key in keys -%}
        {{ key }},
        {% endfor -%}
        sum(inside) as inside,
        sum(case when is_home then 0 else inside end) as seen,
        sum(case when is_home then stratum_present else 0 end) as home_present,
        sum(case when is_home then stratum_left_out else 0 end) as home_left_out,
        {% for one in variables -%}
        sum({{ one }}_by_{{ one }} / power(multiplier, 2)) as {{ one }}_squares
        {{- ',' if not loop.last }}
        {% endfor %}
    from in_places
    group by {{ cell }}
),

kinds as (
    select
        {% for key in kind -%}
        cells.{{ key }},
        {% endfor -%}
        case
            when sum(cells.seen) > 0
                then sum(cells.seen) / nullif(max(surveys.present) - sum(cells.home_present), 0)
            else 0.0
        end as share_seen,
        {% for one in variables -%}
        sum(cells.{{ one }}_squares) / sum(cells.inside) as {{ one }}_mean_square
        {{- ',' if not loop.last }}
        {% endfor %}
    from cells
    inner join surveys using ({{ survey | join(', ') }})
    group by
        {% for key in kind -%}
        cells.{{ key }}{{ ',' if not loop.last }}
        {% endfor -%}
),

unseen as (
    select
        {% for key in keys -%}
        cells.{{ key }},
        {% endfor -%}
        {% for one in variables -%}
        case
            when cells.seen = 0
                then coalesce(kinds.share_seen, 0) * (places.left_out - cells.home_left_out)
                * kinds.{{ one }}_mean_square
            else 0.0
        end as {{ one }}_unseen{{ ',' if not loop.last }}
        {% endfor %}
    from cells
    inner join kinds using ({{ kind | join(', ') }})
    inner join places using ({{ place | join(', ') }})
),

-- Satterthwaite's degrees of freedom over strata
sums as (
    select
        {% for key in keys -%}
        {{ key }},
        {% endfor -%}
        cast(sum(inside) as bigint) as factories_drawn,
        {% for one, (level, prior) in variables.items() -%}
        sum({{ one }}_sum) as {{ one }}_sampled,
        sum({{ one }}_{{ one }}_part) as {{ one }}_part,
        power(sum({{ one }}_{{ one }}_part), 2)
        / nullif(sum(power({{ one }}_{{ one }}_part, 2) / (inside - 1 + {{ prior }})), 0)
            as {{ one }}_degrees,
        {% endfor -%}
        {% for ratio in ratios().keys() | list + ['skill_premium'] -%}
        sum({{ ratio }}_part) as {{ ratio }}_part,
        power(sum({{ ratio }}_part), 2)
        / nullif(sum(power({{ ratio }}_part, 2) / (inside - 1 + rules.ratio_prior)), 0)
            as {{ ratio }}_degrees{{ ',' if not loop.last }}
        {% endfor %}
    from ratio_parts
    cross join rules
    group by {{ cell }}
),

variances as (
    select
        {% for key in keys -%}
        totals.{{ key }},
        {% endfor -%}
        coalesce(sums.factories_drawn, 0) as factories_drawn,
        sums.factories_drawn is null and selected_cells.factories_selected is null as is_certain,
        coalesce(certain.certain_factories, 0) as certain_factories,
        {% for measure in measures() -%}
        coalesce(certain.{{ measure }}_largest, 0) as {{ measure }}_largest,
        {% endfor -%}
        {% for one in variables -%}
        totals.{{ one }}_estimated,
        coalesce(sums.{{ one }}_sampled, 0) as {{ one }}_sampled,
        case
            when totals.{{ one }}_estimated is null then null
            when sums.factories_drawn is null
                then case when selected_cells.factories_selected is null then 0.0 end
            when sums.{{ one }}_part + unseen.{{ one }}_unseen
                > {{ rounding }} * totals.{{ one }}_estimated * totals.{{ one }}_estimated
                {{- ' and sums.' ~ one ~ '_sampled > 0' if one not in signed_measures() }}
                then sums.{{ one }}_part + unseen.{{ one }}_unseen
        end as {{ one }}_smoothed_variance,
        greatest(sums.{{ one }}_degrees, 1) as {{ one }}_degrees,
        {% endfor -%}
        {% for ratio, (numerator, denominator, positive) in ratios().items() -%}
        totals.{{ numerator }}_estimated / nullif(totals.{{ denominator }}_estimated, 0) as {{ ratio }},
        {% endfor -%}
        {%- set estimates = [] -%}
        {%- for one, sign in premium -%}
        {%- do estimates.append('totals.' ~ one ~ '_estimated') -%}
        {%- endfor -%}
        case
            when {{ estimates | join(' > 0 and ') }} > 0
                then {{ estimates[0] }} / {{ estimates[1] }} / {{ estimates[2] }} * {{ estimates[3] }}
        end as skill_premium,
        {% for ratio in ratios().keys() | list + ['skill_premium'] -%}
        sums.{{ ratio }}_part,
        greatest(sums.{{ ratio }}_degrees, 1) as {{ ratio }}_degrees
        {{- ',' if not loop.last }}
        {% endfor %}
    from totals
    left join sums using ({{ cell }})
    left join unseen using ({{ cell }})
    left join certain using ({{ cell }})
    left join selected_cells using ({{ cell }})
),

errors as (
    select
        *,
        {% for measure in measures() -%}
        {{ sampled_grade(measure) }} * {{ measure }}_estimated
            as {{ measure }}_in_interval,
        {% endfor -%}
        {% for ratio in ratios() -%}
        case
            when {{ ratio }} is not null and is_certain then 0.0
            when {{ ratio }}_part > {{ rounding }} * {{ ratio }} * {{ ratio }} then {{ ratio }}_part
        end as {{ ratio }}_smoothed_variance,
        {% endfor -%}
        case
            when skill_premium is not null and is_certain then 0.0
            when skill_premium_part > {{ rounding }}
                then skill_premium * skill_premium * skill_premium_part
        end as skill_premium_smoothed_variance
    from variances
)

select
    {% for key in keys -%}
    {{ key }},
    {% endfor -%}
    factories_drawn,
    is_certain,
    {% for measure in measures() -%}
    {%- set half -%}
    {{ student_quantile(measure ~ '_degrees') }} * sqrt({{ measure }}_smoothed_variance)
    {%- endset -%}
    {{ measure }}_smoothed_variance,
    case when {{ measure }}_smoothed_variance > 0 then {{ measure }}_degrees end as {{ measure }}_degrees,
    {% for limit, sign in [('lower', '-'), ('upper', '+')] -%}
    case
        when {{ measure }}_smoothed_variance is null then null
        when {{ measure }}_smoothed_variance = 0 then {{ measure }}_estimated
        {% if measure in signed_measures() -%}
        else {{ measure }}_estimated {{ sign }} {{ half }}
        {% elif not measure_family(measure) and limit == 'upper' -%}
        -- the deviation of the logarithm, where that of the number is as large as the number
        when {{ measure }}_in_interval > 0
            then {{ measure }}_estimated - {{ measure }}_in_interval + {{ measure }}_in_interval
            * exp({{ capped(
                student_quantile(measure ~ '_degrees') ~ ' * sqrt(ln(1 + ' ~ measure
                ~ '_smoothed_variance / power(' ~ measure ~ '_in_interval, 2)))'
            ) }})
        {% else -%}
        when {{ measure }}_in_interval > 0
            then {{ measure }}_estimated - {{ measure }}_in_interval
            + {{ measure }}_in_interval
            * exp({{ '-' if sign == '-' }}{{ capped(half ~ ' / ' ~ measure ~ '_in_interval') }})
        {% endif -%}
    end as {{ measure }}_{{ limit }},
    {% endfor -%}
    {% endfor -%}
    {% for ratio in ratios().keys() | list + ['skill_premium'] -%}
    {%- set half -%}
    {{ student_quantile(ratio ~ '_degrees') }} * sqrt({{ ratio }}_smoothed_variance)
    {%- endset -%}
    {{ ratio }}_smoothed_variance,
    case when {{ ratio }}_smoothed_variance > 0 then {{ ratio }}_degrees end as {{ ratio }}_degrees,
    {% for limit, sign in [('lower', '-'), ('upper', '+')] -%}
    case
        when {{ ratio }}_smoothed_variance is null then null
        when {{ ratio }}_smoothed_variance = 0 then {{ ratio }}
        {% if ratio in ratios_of_parts() -%}
        when {{ ratio }} > 0 and {{ ratio }} < 1
            then 1 / (1 + (1 - {{ ratio }}) / {{ ratio }} * exp({{ '-' if sign == '+' -}}
                {{ capped(half ~ ' / ' ~ ratio ~ ' / (1 - ' ~ ratio ~ ')') }}
            ))
        {% else -%}
        when {{ ratio }} > 0
            then {{ ratio }} * exp({{ '-' if sign == '-' }}{{ capped(half ~ ' / ' ~ ratio) }})
        else {{ ratio }} {{ sign }} {{ half }}
        {% endif -%}
    end as {{ ratio }}_{{ limit }}{{ ',' if not (loop.last and ratio == 'skill_premium') }}
    {% endfor -%}
    {% endfor %}
from errors
