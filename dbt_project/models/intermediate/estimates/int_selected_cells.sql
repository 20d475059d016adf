-- The cells of each domain that factories outside the census sector were selected for, whatever became of
-- them. A factory was selected for the industry of its return, also if it is closed; where the release
-- tells that of the frame and the return says another, for every code of the frame's class that returns
-- carry, since the frame has no more digits. Where the frame is masked, or its codes are another
-- classification's than the returns', a factory that changed industry is not known as one: it counts where
-- it is now. int_estimate_errors takes a cell as certain only where nothing was selected for it.
{% set unknown = "('', '9999', '0000')" -%}
with strata as (
    select * from {{ ref('int_sampling_strata') }}
),

factories as (
    select * from {{ ref('factory') }}
),

assignment as (
    select * from {{ ref('int_nic_assignment') }}
),

domains as (
    select * from {{ ref('estimation_domains') }}
),

harmonised as (
    select * from {{ ref('states_harmonised') }}
),

rules as (
    {{ interval_rules(['change_largest']) }}
),

selected as (
    select
        factories.survey_year,
        factories.factory_id,
        coalesce(factories.state_code, '') as state_code,
        {{ district_of('factories') }} as district_code,
        {{ sector_of('factories') }} as sector,
        factories.nic_version,
        coalesce(factories.nic_return, '') as nic_return,
        coalesce(factories.nic_frame, '') as nic_frame,
        substr(factories.nic_frame, 1, 4) as frame_class,
        case
            when strata.strata_method = 'design'
                and coalesce(factories.nic_frame, '') not in {{ unknown }}
                and substr(coalesce(factories.nic_return, ''), 1, 4) not in {{ unknown }}
                and substr(factories.nic_frame, 1, 4) <> substr(factories.nic_return, 1, 4)
                then 1
            else 0
        end as is_changed
    from factories
    inner join strata
        on factories.survey_year = strata.survey_year
        and factories.factory_id = strata.factory_id
),

-- as in int_industry_changes: where more differ, the two are of different classifications
known as (
    select
        *,
        case
            when avg(is_changed) over (partition by survey_year) <= rules.change_largest then is_changed
            else 0
        end as is_of_frame
    from selected
    cross join rules
),

codes as (
    select distinct
        nic_version,
        substr(nic_return, 1, 4) as nic_class,
        nic_return as nic_code,
        cluster_code,
        assignment_rule
    from assignment
    where assignment_rule = 'code of the return'
),

{% set own = [
    'survey_year', 'factory_id', 'state_code', 'district_code', 'sector', 'nic_version',
] -%}
selected_for as (
    select
        {% for column in own -%}
        known.{{ column }},
        {% endfor -%}
        known.nic_return as nic_code,
        assignment.cluster_code,
        assignment.assignment_rule
    from known
    inner join assignment
        on known.nic_version = assignment.nic_version
        and known.nic_return = assignment.nic_return
        and known.nic_frame = assignment.nic_frame
    where known.is_of_frame = 0
    union all
    select
        {% for column in own -%}
        known.{{ column }},
        {% endfor -%}
        codes.nic_code,
        codes.cluster_code,
        codes.assignment_rule
    from known
    inner join codes
        on known.nic_version = codes.nic_version
        and known.frame_class = codes.nic_class
    where known.is_of_frame = 1
),

in_domains as (
    select
        domains.domain,
        domains.state_basis,
        factories.survey_year,
        {% for key in domain_keys()[3:] -%}
        {{ key_in_domain(key) }},
        {% endfor -%}
        factories.factory_id
    from selected_for as factories
    cross join domains
    left join harmonised
        on domains.state_basis = 'harmonised'
        and factories.state_code = harmonised.state_code
    where not domains.by_district or factories.district_code is not null
)

select
    {{ domain_keys() | join(',\n    ') }},
    count(distinct factory_id) as factories_selected
from in_domains
group by {{ domain_keys() | join(', ') }}
