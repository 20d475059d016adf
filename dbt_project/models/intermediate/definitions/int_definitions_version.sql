-- The version that the definitions bear, one row. Those on a benchmark table of the user's own are
-- no released version: they are called by that table's content, or as the variable says. Ours bear no
-- other name than that of a released version.
with

own as (

    select content from {{ source('user', 'user_tables') }}
    where
        table_name = 'user_benchmark_clusters'
        and content is not null

),

released as (

    select * from {{ ref('definitions_changes') }}
    where definitions_version = '{{ var("definitions_version") }}'

),

found as (

    select
        (select max(content) from own) as own_content,
        (select count(*) from released) as released_versions

)

select
    case
        when own_content is null and released_versions = 0
            then {{ refuse(
                'definitions_version ' ~ var('definitions_version') ~ ' is not listed in '
                ~ 'definitions_changes.csv, and there is no table of your own at '
                ~ 'LOCUS_HOME/definitions/benchmark_clusters.csv that could bear it'
            ) }}
        when own_content is not null and released_versions > 0
            then 'own-' || substring(own_content, 1, 8)
        else '{{ var("definitions_version") }}'
    end as definitions_version,
    own_content is not null as is_own
from found
