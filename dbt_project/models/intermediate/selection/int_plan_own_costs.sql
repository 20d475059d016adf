-- Cost lines of the user's own.
select * from {{ source('user', 'user_plan_costs') }}
