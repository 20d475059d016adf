-- Past interventions as the newest cluster schedule tells them, one row each (CP15). The answer is
-- a list: agency | scheme | years | Rs lakh | report on file; the next one.
with named as (
    select * from {{ ref('named_clusters') }}
),

answers as (
    select * from {{ source('facts', 'round_answers') }}
    where schedule = 'cluster' and item = 'past_interventions' and text_value is not null
),

told as (
    select
        named.cluster_id,
        named.newest_round as round,
        named.is_synthetic,
        answers.text_value
    from named
    inner join answers
        on named.newest_round = answers.round
        and named.cluster_id = answers.cluster_id
),

entries as (
    {% for place in range(1, most_entries() + 1) -%}
    select
        cluster_id,
        round,
        is_synthetic,
        {{ place }} as position,
        trim({{ dbt.split_part('text_value', "';'", place) }}) as entry
    from told
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

fields as (
    select
        cluster_id,
        round,
        is_synthetic,
        position,
        {% for field in ['agency', 'scheme', 'years', 'amount', 'report'] -%}
        nullif(trim({{ dbt.split_part('entry', "'|'", loop.index) }}), '') as {{ field }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from entries
    where entry <> ''
)

select
    cluster_id,
    round,
    position,
    agency,
    scheme,
    years,
    -- an amount that isn't a plain number stays out
    case
        when translate(amount, '0123456789.', '') = ''
            and length(amount) - length(replace(amount, '.', '')) <= 1
            and replace(amount, '.', '') <> ''
            then cast(amount as {{ type_double() }})
    end as amount_lakh,
    case lower(report) when 'yes' then true when 'no' then false end as report_on_file,
    is_synthetic
from fields
