{# Tables and views in fewer statements than dbt's own, which build beside what is there, rename both
   and drop the old: nobody else reads the warehouse while it is built, and a transaction of DuckDB's
   brings the old one back where a model fails. #}

{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {% set target = this.incorporate(type='table') %}
    {# Python writes on a connection of its own, which does not see what is dropped on this one. #}
    {% set is_python = model['language'] == 'python' %}
    {% set built = make_intermediate_relation(target) if is_python else target %}
    {{ run_hooks(pre_hooks) }}
    {% if is_python %}
        {% set left_over = load_cached_relation(built) %}
        {% do drop_replaced(left_over) %}
        {% if left_over is not none %}
            {% do adapter.commit() %}
        {% endif %}
    {% else %}
        {% do drop_replaced(load_cached_relation(target)) %}
    {% endif %}
    {% call statement('main', language=model['language']) %}
        {{- create_table_as(false, built, compiled_code, model['language']) }}
    {% endcall %}
    {% if is_python %}
        {% do drop_replaced(load_cached_relation(target)) %}
        {% do run_query('alter table ' ~ built ~ ' rename to ' ~ adapter.quote(target.identifier)) %}
    {% endif %}
    {% do persist_docs(target, model) %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {% set target = this.incorporate(type='view') %}
    {{ run_hooks(pre_hooks) }}
    {% do drop_replaced(load_cached_relation(this)) %}
    {% call statement('main') %}
        {{- get_create_view_as_sql(target, sql) }}
    {% endcall %}
    {% do persist_docs(target, model) %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% macro drop_replaced(existing) %}
    {% if existing is not none %}
        {% call statement('replaced') %}
            drop {{ existing.type }} {{ existing }}
        {% endcall %}
    {% endif %}
{% endmacro %}

{# All comments of a table in one statement; a column that is described and not there is an error. #}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) %}
    {% set comments = [] %}
    {% if for_relation and config.persist_relation_docs() and model.description %}
        {% do comments.append(duckdb__alter_relation_comment(relation, model.description)) %}
    {% endif %}
    {% if for_columns and config.persist_column_docs() %}
        {% for column in model.columns.values() if column.description %}
            {% do comments.append(
                'comment on column ' ~ relation ~ '.' ~ adapter.quote(column.name) ~ ' is '
                ~ duckdb_escape_comment(column.description) ~ ';'
            ) %}
        {% endfor %}
    {% endif %}
    {% if comments %}
        {% do run_query(comments | join('\n')) %}
    {% endif %}
{% endmacro %}
