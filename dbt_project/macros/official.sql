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

{# Division of NIC-2008 as the official tables print it: seeds and cotton ginning (01632, 01640) as 01,
   salt (08932) as 08, others of these two divisions with "others". Other versions have no such table. #}
{% macro published_division(relation) -%}
    case
        when {{ relation }}.nic_version <> 'NIC-2008' then 'not published'
        when {{ relation }}.nic_return in ('01632', '01640') then '01'
        when {{ relation }}.nic_return = '08932' then '08'
        when substr({{ relation }}.nic_return, 1, 2) in ('01', '08') then 'Ot'
        else coalesce(substr({{ relation }}.nic_return, 1, 2), 'Ot')
    end
{%- endmacro %}
