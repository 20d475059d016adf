-- The share of sampled factories whose industry is no longer that of the frame, by division of the frame and
-- in all (division empty), from the survey years whose release holds both codes: industries are compared
-- by as many digits as the year's strata have. A division's share is drawn towards the common one, and
-- this towards the share that is assumed (seed interval_rules), which stands alone where no release tells.
-- Invented factories tell of invented years alone.
-- It serves the strata of years that mask the frame: what left a stratum is missing in it.
with factories as (
    select * from {{ ref('factory') }}
    where multiplier > 1 and is_open
),

designs as (
    select * from {{ ref('asi_sampling_designs') }}
),

rules as (
    {{ interval_rules(['change_rate', 'change_prior', 'change_largest']) }}
),

compared as (
    select
        factories.survey_year,
        factories.is_synthetic,
        factories.nic_version,
        substr(factories.nic_frame, 1, 2) as nic_division,
        case
            when substr(factories.nic_frame, 1, designs.nic_digits)
                = substr(factories.nic_return, 1, designs.nic_digits)
                then 0
            else 1
        end as is_changed
    from factories
    inner join designs
        on factories.survey_year >= designs.first_year
        and factories.survey_year <= coalesce(designs.last_year, '9999')
    where
        coalesce(factories.nic_frame, '') not in ('', '9999', '0000')
        and substr(coalesce(factories.nic_return, ''), 1, 4) not in ('', '9999', '0000')
),

years as (
    select survey_year
    from compared
    cross join rules
    group by survey_year
    having avg(is_changed) <= max(rules.change_largest)
),

counted as (
    select
        compared.is_synthetic,
        compared.nic_version,
        compared.nic_division,
        count(*) as factories,
        sum(compared.is_changed) as changed
    from compared
    inner join years on compared.survey_year = years.survey_year
    group by compared.is_synthetic, compared.nic_version, compared.nic_division
),

kinds as (
    select false as is_synthetic
    union all
    select true as is_synthetic
),

country as (
    select
        kinds.is_synthetic,
        coalesce(sum(counted.factories), 0) as factories,
        (coalesce(sum(counted.changed), 0) + max(rules.change_prior) * max(rules.change_rate))
        / (coalesce(sum(counted.factories), 0) + max(rules.change_prior)) as share_changed
    from kinds
    cross join rules
    left join counted on kinds.is_synthetic = counted.is_synthetic
    group by kinds.is_synthetic
)

select
    counted.is_synthetic,
    counted.nic_version,
    counted.nic_division,
    cast(counted.factories as bigint) as factories_compared,
    (counted.changed + rules.change_prior * country.share_changed)
    / (counted.factories + rules.change_prior) as share_changed,
    'releases' as basis
from counted
inner join country on counted.is_synthetic = country.is_synthetic
cross join rules

union all

select
    is_synthetic,
    '' as nic_version,
    '' as nic_division,
    cast(factories as bigint) as factories_compared,
    share_changed,
    case when factories > 0 then 'releases' else 'assumed' end as basis
from country
