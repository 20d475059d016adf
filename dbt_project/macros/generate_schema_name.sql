{# Schemas are named after the layer (staging, intermediate, marts), without the target's prefix:
   there is one warehouse, and people read its schemas by these names. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
