{# FACTS parameters from the survey. What each is made of stands in the seeds facts_asi_fields and
   facts_asi_recipes; a test holds these lists to them. #}

{# The domains of the estimation engine that FACTS metrics are made for: a cluster in a state, and in a
   district where the release names it; and the columns that make one of their rows. #}
{% macro facts_domains() %}{{ return("('state_cluster', 'district_cluster')") }}{% endmacro %}

{% macro facts_cell() %}
    {{ return(['domain', 'survey_year', 'state_code', 'district_code', 'cluster_code']) }}
{% endmacro %}

{# The district of a factory; null where the release masks or lacks it. #}
{% macro district_of(relation) -%}
    case
        when {{ padded_code(relation ~ '.district_code', 2) }} not in ('', '00', '99')
            then {{ padded_code(relation ~ '.district_code', 2) }}
    end
{%- endmacro %}

{# Variables of the recipes that the factory table has not, for one factory: name -> expression over
   int_open_factory, the limits of size classes, prices and productivity. #}
{% macro facts_expressions() %}
    {{ return({
        'open_returns': '1.0',
        'companies': has_code('organisation_type', ['04', '05']),
        'organisation_answers':
            has_code('organisation_type', [
                '01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '19'
            ]),
        'iso_certified': has_code('iso_certification', ['01']),
        'iso_answers': has_code('iso_certification', ['01', '02']),
        'research_units': has_code('research_unit', ['01', '02']),
        'research_answers': has_code('research_unit', ['01', '02', '03']),
        'training_factories': has_code('formal_training', ['01']),
        'training_answers': has_code('formal_training', ['01', '02']),
        'ict_factories':
            "case when factories.survey_year <= '2014-15' then " ~
            has_code('computerised_accounts', ['01']) ~
            ' when factories.computer_equipment > 0 then 1.0 else 0.0 end',
        'ict_answers':
            "case when factories.survey_year <= '2014-15' then " ~
            has_code('computerised_accounts', ['01', '02']) ~ ' else 1.0 end',
        'days_worked': 'factories.working_days',
        'borrowers': 'case when factories.outstanding_loans > 0 then 1.0 else 0.0 end',
        'loans_of_borrowers':
            'case when factories.loans_of_both_ends > 0 then factories.loans_of_both_ends / 2 else 0.0 end',
        'interest_of_borrowers':
            'case when factories.loans_of_both_ends > 0 then ' ~
            'least(greatest(factories.interest_paid, 0), 0.6 * factories.loans_of_both_ends / 2) ' ~
            'else 0.0 end',
        'operating_surplus':
            'factories.gross_value_added - factories.total_employee_wages - factories.rents ' ~
            '- factories.interest_paid',
        'social_charges':
            'factories.provident_and_other_funds + factories.welfare_expenses',
        'electricity_used':
            'factories.electricity_purchased + factories.electricity_generated',
        'small_unit_employees':
            'case when factories.gross_plant_and_machinery <= limits.plant_machinery_limit ' ~
            'and (limits.turnover_limit is null ' ~
            'or factories.gross_sales - coalesce(factories.exports, 0) <= limits.turnover_limit) ' ~
            'then factories.total_employees else 0.0 end',
        'productivity_residual': 'coalesce(productivity.residual, 0.0)',
        'productivity_factories':
            'case when productivity.residual is not null then 1.0 else 0.0 end',
        'log_product_prices': 'coalesce(prices.log_product_prices, 0.0)',
        'priced_sales': 'coalesce(prices.priced_sales, 0.0)',
        'log_purchase_prices': 'coalesce(prices.log_purchase_prices, 0.0)',
        'priced_purchases': 'coalesce(prices.priced_purchases, 0.0)',
        'principal_sales': 'coalesce(prices.principal_sales, 0.0)',
    }) }}
{% endmacro %}

{# 1 for a factory whose code of block B is one of these, else 0: also where it does not answer. #}
{% macro has_code(field, codes) -%}
    case when factories.{{ field }} in ('{{ codes | join("', '") }}') then 1.0 else 0.0 end
{%- endmacro %}

{# Numerator and denominator of every recipe that is a ratio of estimated totals: the pairs whose
   covariance its standard error needs. #}
{% macro facts_pairs() %}
    {{ return([
        ('largest_industry_factories', 'open_returns'),
        ('total_employee_wages', 'total_employees'),
        ('female_workers', 'direct_workers'),
        ('total_employees', 'fixed_capital'),
        ('small_unit_employees', 'total_employees'),
        ('gross_value_added', 'total_employees'),
        ('productivity_residual', 'productivity_factories'),
        ('exports', 'gross_sales'),
        ('recent_factories', 'dated_factories'),
        ('operating_surplus', 'invested_capital'),
        ('log_product_prices', 'priced_sales'),
        ('electricity_purchased_value', 'electricity_purchased'),
        ('electricity_generated', 'electricity_used'),
        ('transport_expenses', 'gross_sales'),
        ('imported_materials', 'basic_materials'),
        ('log_purchase_prices', 'priced_purchases'),
        ('raw_material_stocks', 'materials_consumed'),
        ('borrowers', 'open_returns'),
        ('interest_of_borrowers', 'loans_of_borrowers'),
        ('current_assets', 'current_liabilities'),
        ('research_expenses', 'gross_sales'),
        ('research_units', 'research_answers'),
        ('plant_machinery_depreciation', 'gross_plant_and_machinery'),
        ('gross_value_of_addition_to_fixed_capital', 'gross_value_added'),
        ('ict_factories', 'ict_answers'),
        ('fuels_consumed', 'total_output'),
        ('skilled_workers', 'total_employees'),
        ('training_factories', 'training_answers'),
        ('contract_workers', 'production_workers'),
        ('social_charges', 'total_employee_wages'),
        ('iso_certified', 'iso_answers'),
        ('companies', 'organisation_answers'),
        ('principal_sales', 'gross_sales'),
        ('gross_value_added', 'units'),
        ('fixed_capital', 'units'),
        ('total_employees', 'units'),
        ('total_employee_wages', 'units'),
        ('days_worked', 'open_returns'),
        ('work_given_out', 'total_output'),
        ('subsidies', 'total_output'),
    ]) }}
{% endmacro %}

{# Recipes that are an estimated total. #}
{% macro facts_single_totals() %}
    {{ return(['units', 'gross_value_added', 'total_employees', 'revenue', 'exports']) }}
{% endmacro %}

{# Everything that is added up. #}
{% macro facts_variables() %}
    {%- set found = facts_single_totals() -%}
    {%- for pair in facts_pairs() -%}
        {%- for variable in pair if variable not in found -%}
            {%- do found.append(variable) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{# Variables that are set against the whole state or district: the share of value added, the quotient of
   employment. #}
{% macro facts_parent_variables() %}{{ return(['gross_value_added', 'total_employees']) }}{% endmacro %}

{# The smallest value at which the weights up to it make half of all, by `keys`; null values are left
   out. Weights are added as decimals: half is then half in any order. Columns: the keys, median,
   rows_counted. #}
{% macro weighted_median(relation, keys, value, weight) %}
    select
        {% for key in keys %}{{ key }}, {% endfor %}
        min(case when weight_so_far + weight_so_far >= weight_of_all then {{ value }} end) as median,
        max(rows_counted) as rows_counted
    from (
        select
            {% for key in keys %}{{ key }}, {% endfor %}
            {{ value }},
            sum(cast({{ weight }} as decimal(38, 8))) over (
                partition by {{ keys | join(', ') }} order by {{ value }}
                rows between unbounded preceding and current row
            ) as weight_so_far,
            sum(cast({{ weight }} as decimal(38, 8))) over (partition by {{ keys | join(', ') }})
                as weight_of_all,
            count(*) over (partition by {{ keys | join(', ') }}) as rows_counted
        from {{ relation }}
        where {{ value }} is not null
    ) as ordered
    group by {{ keys | join(', ') }}
{% endmacro %}

{# Six decimals, two from a thousand on. #}
{% macro shown_digits(expression) -%}
    case
        when abs({{ expression }}) < 1000 then round({{ expression }}, 6)
        else round({{ expression }}, 2)
    end + 0
{%- endmacro %}

{# A standard error below a millionth of its value is what rounding leaves of none. #}
{% macro shown_error(value, error) -%}
    case
        when {{ error }} < 1e-6 * abs({{ value }}) then 0.0
        when abs({{ value }}) < 1000 then round({{ error }}, 6)
        else round({{ error }}, 2)
    end
{%- endmacro %}
