-- The version that the definitions bear, one row: ours the newest of definitions_changes. Those on a
-- benchmark table of the user's own are no released version: they are called by that table's content,
-- or as the variable definitions_version says.
with

user_table as (

    select max(content) as content from {{ source('user', 'user_tables') }}
    where table_name = 'user_benchmark_clusters'

),

versions as (

    select * from {{ ref('definitions_changes') }}

),

newest as (

    select definitions_version from versions
    where sequence = (select max(sequence) from versions)

),

named as (

    select
        '{{ var("definitions_version") }}' as given,
        (
            select count(*) from versions
            where definitions_version = '{{ var("definitions_version") }}'
        ) as released

)

select
    case
        when user_table.content is null and named.given = '' then newest.definitions_version
        when user_table.content is null
            then {{ refuse(
                'definitions_version names definitions on a table of your own, and there is none at '
                ~ 'LOCUS_HOME/definitions/benchmark_clusters.csv that could be called '
                ~ var('definitions_version')
            ) }}
        when named.given = '' or named.released > 0 then 'own-' || substring(user_table.content, 1, 8)
        else named.given
    end as definitions_version,
    user_table.content is not null as is_own
from newest
cross join user_table
cross join named
