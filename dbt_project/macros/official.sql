{# Rows of returns with `nic_division`, the division of NIC-2008 as the official table of the year
   prints it: seeds and cotton ginning (01632, 01640) as 01, salt (08932) as 08; every division that
   the table has no row of its own for, and what is left of these two, is "Others" (`Ot`). There is
   no such table for other versions of NIC. #}
{% macro with_published_division(relation, printed, condition) -%}
    select
        {{ relation }}.*,
        case
            when {{ relation }}.nic_version <> 'NIC-2008' then 'not published'
            else coalesce({{ printed }}.nic_division, 'Ot')
        end as nic_division
    from {{ relation }}
    left join {{ printed }}
        on {{ relation }}.survey_year = {{ printed }}.survey_year
        and case
            when {{ relation }}.nic_return in ('01632', '01640') then '01'
            when {{ relation }}.nic_return = '08932' then '08'
            when substr({{ relation }}.nic_return, 1, 2) not in ('01', '08')
                then substr({{ relation }}.nic_return, 1, 2)
        end = {{ printed }}.nic_division
    where {{ condition }}
{%- endmacro %}
