{# The measures that Locus publishes, in the order of the seed asi_measures (a test compares the two). #}
{% macro measures() %}
    {{ return([
        'units', 'production_workers', 'skilled_workers', 'total_employees',
        'production_worker_wages', 'skilled_worker_wages', 'total_employee_wages',
        'total_output', 'total_input', 'gross_value_added',
        'total_output_official', 'total_input_official',
        'gross_value_added_official', 'net_value_added_official',
        'fixed_capital', 'working_capital', 'invested_capital', 'outstanding_loans',
        'fuels_consumed', 'materials_consumed', 'depreciation', 'exports',
    ]) }}
{% endmacro %}

{# What the seeds asi_measure_fields and facts_asi_fields make of the blocks' fields, beside the number
   of units: the measures above that are no difference or sum of others, parts of ratios, the
   characteristics of the official tables, and the parts of FACTS parameters (a test compares the list
   with the seeds). #}
{% macro factory_variables() %}
    {{ return([
        'production_workers', 'skilled_workers', 'total_employees',
        'production_worker_wages', 'skilled_worker_wages', 'total_employee_wages',
        'total_output', 'total_input', 'total_output_official', 'total_input_official',
        'fixed_capital', 'working_capital', 'physical_working_capital', 'outstanding_loans',
        'fuels_consumed', 'materials_consumed', 'depreciation', 'exports',
        'contract_workers', 'mandays_paid', 'imported_materials',
        'workers', 'total_persons_engaged', 'employees', 'mandays_workers', 'mandays_employees',
        'wages_to_workers', 'total_emoluments', 'provident_and_other_funds', 'welfare_expenses',
        'products_and_by_products', 'interest_paid', 'interest_received',
        'rent_paid', 'rent_received', 'net_fixed_capital_formation',
        'addition_to_stock_materials_fuels', 'addition_to_stock_semi_finished',
        'addition_to_stock_finished',
        'gross_value_of_addition_to_fixed_capital', 'gross_plant_and_machinery',
        'gross_sales', 'revenue', 'female_workers', 'direct_workers',
        'electricity_purchased_value', 'electricity_purchased', 'electricity_generated',
        'transport_expenses', 'basic_materials', 'raw_material_stocks', 'loans_of_both_ends',
        'current_assets', 'current_liabilities', 'research_expenses',
        'plant_machinery_depreciation', 'rents', 'computer_equipment', 'subsidies', 'work_given_out',
    ]) }}
{% endmacro %}

{# Codes of block B that are read as they stand (a test compares the list with facts_asi_fields). #}
{% macro factory_codes() %}
    {{ return([
        'organisation_type', 'computerised_accounts', 'iso_certification', 'research_unit',
        'formal_training',
    ]) }}
{% endmacro %}

{# Fields of each block that the two seeds may name, and whether the block's rows have
   roles (a test holds the seed to it). #}
{% macro measure_blocks() %}
    {{ return({
        'a': {'roles': false, 'fields': ['bonus', 'provident_fund', 'welfare']},
        'c': {'roles': true, 'fields': [
            'net_opening', 'net_closing', 'gross_closing', 'addition', 'revaluation',
            'depreciation_year', 'depreciation_closing',
        ]},
        'd': {'roles': true, 'fields': ['opening', 'closing']},
        'e': {'roles': true, 'fields': [
            'persons', 'wages', 'mandays_total', 'mandays_paid', 'bonus', 'provident_fund', 'welfare',
        ]},
        'f': {'roles': false, 'fields': [
            'work_done_by_others', 'repair_building', 'repair_plant_machinery',
            'repair_pollution_control', 'repair_other_assets', 'operating_expenses',
            'non_operating_expenses', 'own_construction_materials', 'insurance',
            'rent_plant_machinery', 'research_development', 'rent_building', 'rent_land',
            'interest_paid', 'resale_purchase_value', 'inward_transport', 'outward_transport',
        ]},
        'g': {'roles': false, 'fields': [
            'income_from_services', 'manufacturing_services', 'non_manufacturing_services',
            'semi_finished_variation', 'electricity_sold', 'own_construction',
            'resale_net_balance', 'rent_received_plant_machinery', 'rent_received_building',
            'rent_received_land', 'interest_received', 'resale_sale_value', 'subsidies',
            'production_subsidies',
        ]},
        'h': {'roles': true, 'fields': ['purchase_value', 'quantity']},
        'i': {'roles': true, 'fields': ['purchase_value']},
        'j': {'roles': true, 'fields': [
            'gross_sale_value', 'excise_duty', 'sales_tax', 'goods_and_services_tax', 'other_taxes',
            'other_expenses', 'subsidy', 'ex_factory_value',
        ]},
    }) }}
{% endmacro %}

{# Columns of one measure in a published table: `<measure>_<kind>`. #}
{% macro measure_kinds() %}{{ return(['actual', 'estimated', 'rse', 'flag']) }}{% endmacro %}
