-- Open factories under the states of their survey year (`official`), and once more under states that
-- stay the same in all years (`harmonised`: states that split or merged are one).
with factories as (
    select * from {{ ref('int_open_factory') }}
),

harmonised as (
    select * from {{ ref('states_harmonised') }}
),

placed as (
    select
        'official' as state_basis,
        factories.state_code as basis_state_code,
        factories.state_name as basis_state_name,
        factories.*
    from factories

    union all

    select
        'harmonised' as state_basis,
        coalesce(harmonised.harmonised_state_code, factories.state_code) as basis_state_code,
        coalesce(harmonised.harmonised_state_name, factories.state_name) as basis_state_name,
        factories.*
    from factories
    left join harmonised on factories.state_code = harmonised.state_code
)

select * from placed
