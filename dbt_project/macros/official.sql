{# Characteristics of the official tables, in the order of the seed asi_official_variables (a test
   compares the two), as sums of columns of factory. The two counts of factories are taken from block A. #}
{% macro official_variables() %}
    {{ return({
        'workers': 'workers',
        'employees': 'employees',
        'total_persons_engaged': 'total_persons_engaged',
        'mandays_workers': 'mandays_workers',
        'mandays_employees': 'mandays_employees',
        'wages_to_workers': 'wages_to_workers',
        'total_emoluments': 'total_emoluments',
        'provident_and_other_funds': 'provident_and_other_funds',
        'welfare_expenses': 'welfare_expenses',
        'total_output': 'total_output_official',
        'total_input': 'total_input_official',
        'gross_value_added': 'gross_value_added_official',
        'net_value_added': 'net_value_added_official',
        'depreciation': 'depreciation',
        'products_and_by_products': 'products_and_by_products',
        'materials_consumed': 'materials_consumed',
        'fuels_consumed': 'fuels_consumed',
        'fixed_capital': 'fixed_capital',
        'physical_working_capital': 'physical_working_capital',
        'invested_capital': 'invested_capital',
        'working_capital': 'working_capital',
        'productive_capital': 'fixed_capital + working_capital',
        'outstanding_loans': 'outstanding_loans',
        'interest_paid': 'interest_paid',
        'interest_received': 'interest_received',
        'rent_paid': 'rent_paid',
        'rent_received': 'rent_received',
        'net_income': 'net_value_added_official - rent_paid - interest_paid',
        'profits':
            'net_value_added_official - rent_paid - interest_paid - total_emoluments ' ~
            '- provident_and_other_funds - welfare_expenses',
        'net_fixed_capital_formation': 'net_fixed_capital_formation',
        'gross_fixed_capital_formation': 'net_fixed_capital_formation + depreciation',
        'addition_to_stock_materials_fuels': 'addition_to_stock_materials_fuels',
        'addition_to_stock_semi_finished': 'addition_to_stock_semi_finished',
        'addition_to_stock_finished': 'addition_to_stock_finished',
        'addition_to_stock_total':
            'addition_to_stock_materials_fuels + addition_to_stock_semi_finished ' ~
            '+ addition_to_stock_finished',
        'gross_capital_formation':
            'net_fixed_capital_formation + depreciation ' ~
            '+ addition_to_stock_materials_fuels + addition_to_stock_semi_finished ' ~
            '+ addition_to_stock_finished',
        'gross_value_of_addition_to_fixed_capital': 'gross_value_of_addition_to_fixed_capital',
        'gross_plant_and_machinery': 'gross_plant_and_machinery',
    }) }}
{% endmacro %}

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
