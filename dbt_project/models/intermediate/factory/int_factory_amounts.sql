-- Every variable of each factory, by the rules of variable_fields: fields of its rows, added or
-- subtracted. A factory without rows has none here. Exports are still the gross sale value here: the
-- share that is exported stands in another block.
with rules as (
    select
        survey_year,
        variable,
        block,
        role,
        field,
        case when operation = 'subtract' then -1.0 else 1.0 end as sign
    from {{ ref('int_measure_rules') }}
    where operation in ('add', 'subtract')
),

{% for block, content in measure_blocks().items() -%}
block_{{ block }} as (
    select
        rows_read.survey_year,
        rows_read.factory_id,
        rules.variable,
        rules.sign * case rules.field
            {%- for field in content['fields'] %}
            when '{{ field }}' then rows_read.{{ field }}
            {%- endfor %}
        end as amount
    from {{ ref('stg_asi__block_' ~ block) }} as rows_read
    inner join rules
        on rules.block = '{{ block }}'
        and rows_read.survey_year = rules.survey_year
        {%- if content['roles'] %}
        and rows_read.role = rules.role
        {%- endif %}
    where rules.field <> 'units'
),

{% endfor -%}
amounts as (
    {% for block in measure_blocks() -%}
    select * from block_{{ block }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    survey_year,
    factory_id,
    {% for variable in factory_variables() -%}
    sum(case when variable = '{{ variable }}' then coalesce(amount, 0) else 0 end) as {{ variable }}
    {{- ',' if not loop.last }}
    {% endfor -%}
from amounts
group by survey_year, factory_id
