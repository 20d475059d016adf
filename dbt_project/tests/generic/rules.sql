{# All rules of a table in one test, since each test costs a query, a node and events of its own.
   A row for each thing that breaks one: the rule, the columns, and the values that stand there.
     required: columns that are never null
     unique: lists of columns; no two rows have the same values in all of a list
     accepted: column -> the only values that it has, beside null #}
{% test rules(model, required=[], unique=[], accepted={}) %}
{% set broken = [] %}
{% if required %}
    {% set nulls %}
        select 'required' as rule, trim(
            {%- for column in required %}
            case when {{ column }} is null then '{{ column }} ' else '' end
            {%- if not loop.last %} || {% endif %}
            {%- endfor %}
        ) as of_columns, {{ values_of(required) }} as standing
        from {{ model }}
        where {{ required | join(' is null or ') }} is null
    {% endset %}
    {% do broken.append(nulls) %}
{% endif %}
{% for columns in unique %}
    {% set repeated %}
        select 'unique' as rule, '{{ columns | join(', ') }}' as of_columns, {{ values_of(columns) }} as standing
        from {{ model }}
        group by {{ columns | join(', ') }}
        having count(*) > 1
    {% endset %}
    {% do broken.append(repeated) %}
{% endfor %}
{% for column, values in accepted.items() %}
    {% set others %}
        select 'accepted' as rule, '{{ column }}' as of_columns, {{ values_of([column]) }} as standing
        from {{ model }}
        where {{ column }} not in (
            {%- for value in values %}'{{ value }}'{% if not loop.last %}, {% endif %}{% endfor -%}
        )
        group by {{ column }}
    {% endset %}
    {% do broken.append(others) %}
{% endfor %}
{{ broken | join('\nunion all\n') }}
{% endtest %}
