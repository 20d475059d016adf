{# Rows where any of the columns is null: one test for a model, since each test costs a query. #}
{% test required(model, columns) %}
select *
from {{ model }}
where {{ columns | join(' is null or ') }} is null
{% endtest %}
