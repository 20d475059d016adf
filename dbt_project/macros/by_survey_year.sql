{#
  What `incremental` is in this project, in place of dbt's own: a table is built by survey year. A year is
  computed where what it is made of is not what it was made of, and no other
  (docs/decisions/0013-what-is-built-again.md). What a year is made of, what came out, by content, and
  which invocation of dbt built it, stands in the table built.years.

  What a model says of itself is `year_column`, in its `meta`: the column by which its rows belong to a
  survey year, where those of a year are made of what that year has alone. `by_parents` where rows have
  no such column and are asked for by what the year's own rows hold (an industry code and its cluster).
  A model without it is one thing: whoever reads it reads all of it.
#}

{% materialization incremental, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {%- set column = model.config.meta.year_column -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set is_there = existing is not none and existing.is_table and not should_full_refresh() -%}
    {%- set versions = year_versions() -%}
    {%- set kept = (versions | selectattr('is_current') if is_there else []) | list -%}
    {%- set kept_years = kept | map(attribute='survey_year') | list -%}
    {%- set stale = versions | rejectattr('survey_year', 'in', kept_years) | list -%}
    {%- set is_new = not kept -%}
    {%- set words = local_md5(tojson([model.description, model.columns])) -%}

    {#- one year at a time, so that many take no more memory than one; all of a home without years -#}
    {%- set building = stale or ([{'survey_year': '', 'beside': none}] if is_new else []) -%}
    {%- set parts = [] -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {% if model.language == 'python' %}
        {#- Python writes on a connection of its own: aside, before there is a transaction on this one -#}
        {% for version in building %}
            {%- set aside = make_intermediate_relation(target, '__year_' ~ loop.index) -%}
            {% do run_query('drop table if exists ' ~ aside) %}
            {% call statement('of_year', language='python', auto_begin=False) %}
                {{- create_table_as(False, aside, of_survey_year(compiled_code, 'python', version), 'python') }}
            {% endcall %}
            {% do parts.append((aside, version.survey_year)) %}
        {% endfor %}
    {% endif %}

    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('begin', auto_begin=True) %}
        delete from built.years
        where model = '{{ this.identifier }}'
            and survey_year not in ({{ quoted(kept_years + ['']) }})
    {% endcall %}
    {% if is_new %}
        {% if existing is not none %}{% do adapter.drop_relation(existing) %}{% endif %}
    {% else %}
        {% do run_query(
            'delete from ' ~ target ~ ' where ' ~ column ~ ' not in (' ~ quoted(kept_years) ~ ')'
        ) %}
    {% endif %}
    {% if parts %}
        {% do take_in(target, column, parts, is_new) %}
    {% elif model.language == 'sql' %}
        {% for version in building %}
            {%- set code = of_survey_year(compiled_code, 'sql', version) -%}
            {% if loop.first and is_new %}
                {% call statement('first') %}
                    {{- create_table_as(False, target, code, 'sql') }}
                {% endcall %}
            {% else %}
                {% do run_query(
                    'insert into ' ~ target ~ ' by name select * from (' ~ code ~ ') as of_year'
                ) %}
            {% endif %}
        {% endfor %}
    {% endif %}

    {% call statement('main') %}
        insert into built.years
        select
            '{{ this.identifier }}',
            versions.survey_year,
            versions.made_of,
            coalesce(contents.content, 'no rows'),
            '{{ invocation_id }}'
        from (
            {% for version in stale -%}
            select '{{ version.survey_year }}' as survey_year, '{{ version.made_of }}' as made_of
            {{ 'union all' if not loop.last }}
            {% else -%}
            select null as survey_year, null as made_of where false
            {%- endfor %}
        ) as versions
        left join (
            select {{ column }} as survey_year, {{ content('rows_built') }} as content
            from {{ target }} as rows_built
            where {{ column }} in ({{ quoted(stale | map(attribute='survey_year') | list + ['']) }})
            group by 1
        ) as contents on versions.survey_year = contents.survey_year
    {% endcall %}

    {#- what is said of a table is said again where the words changed -#}
    {% set said = run_query(
        "select made_of from built.years where survey_year = '' and model = '" ~ this.identifier ~ "'"
    ).columns[0].values() %}
    {% if is_new or parts or words not in said %}
        {% do persist_docs(target, model) %}
        {% do run_query(
            "delete from built.years where survey_year = '' and model = '" ~ this.identifier ~ "'"
        ) %}
        {% do run_query(
            "insert into built.years values ('" ~ this.identifier ~ "', '', '" ~ words ~ "', '', '" ~ invocation_id ~ "')"
        ) %}
    {% endif %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{# The survey years of this home with what this model is made of in each, a hash: survey_year, beside (a
   neighbour that is read too), made_of, is_current. The code is that of all models and methods, which
   dbt_plugin tells; a parent counts by its content, so that what comes out as before is no change. #}
{% macro year_versions() %}
    {%- set parents = {'built': [], 'rows': [], 'whole': [], 'is_raw': []} -%}
    {%- do parents_of_years(model, parents) -%}
    {%- set versions -%}
        with years as (
            select
                survey_year,
                raw_version,
                {% if model.config.meta.reads_neighbour -%}
                coalesce(
                    lag(survey_year) over (order by survey_year),
                    lead(survey_year) over (order by survey_year)
                )
                {%- else -%}
                cast(null as varchar)
                {%- endif %} as beside
            from raw.survey_years
        ),

        parts as (
            select '' as part, survey_year, raw_version as content from years
            where {{ parents.is_raw | length }} > 0
            union all
            select model as part, survey_year, content from built.years
            where survey_year <> '' and model in ({{ quoted(parents.built + ['']) }})
            {%- for name, relation, column in parents.rows %}
            union all
            select '{{ name }}' as part, {{ column }} as survey_year, {{ content('parent') }}
            from {{ relation }} as parent
            group by 2
            {%- endfor %}
            {%- for name, relation in parents.whole %}
            union all
            select '{{ name }}' as part, years.survey_year, whole.content
            from years
            cross join (select {{ content('parent') }} as content from {{ relation }} as parent) as whole
            {%- endfor %}
        ),

        parts_read as (
            select survey_year, part, content from parts
            union all
            select years.survey_year, years.beside || ' ' || parts.part, parts.content
            from years
            inner join parts on years.beside = parts.survey_year
        ),

        versions as (
            select
                years.survey_year,
                any_value(years.beside) as beside,
                md5(
                    getvariable('computing_code')
                    || coalesce(string_agg(part || ' ' || content, chr(10) order by part, content), '')
                ) as made_of
            from years
            left join parts_read on years.survey_year = parts_read.survey_year
            group by years.survey_year
        )

        select
            versions.*,
            coalesce(versions.made_of = built.made_of, false) as is_current
        from versions
        left join built.years as built
            on versions.survey_year = built.survey_year and built.model = '{{ this.identifier }}'
        order by versions.survey_year
    {%- endset -%}
    {{ return(run_query(versions).rows) }}
{% endmacro %}

{# Into `parents`: what the rows of a year are made of. Views that belong to years have no content of their
   own: what they are made of counts. #}
{% macro parents_of_years(node, parents) %}
    {%- for key in node.depends_on.nodes -%}
        {%- set parent = graph.sources[key] if key in graph.sources else graph.nodes[key] -%}
        {%- set column = year_column(parent) -%}
        {%- if not column -%}
            {%- set entry = (parent.name, parent.relation_name) -%}
            {%- do parents.whole.append(entry) if entry not in parents.whole -%}
        {%- elif parent.resource_type == 'source' -%}
            {%- do parents.is_raw.append(true) -%}
        {%- elif parent.config.materialized == 'incremental' -%}
            {%- do parents.built.append(parent.name) -%}
        {%- elif parent.config.materialized == 'view' or column == 'by_parents' -%}
            {%- do parents_of_years(parent, parents) -%}
        {%- else -%}
            {%- set entry = (parent.name, parent.relation_name, column) -%}
            {%- do parents.rows.append(entry) if entry not in parents.rows -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}

{% macro year_column(node) -%}
    {{ return((node.config.meta or node.meta or {}).get('year_column')) }}
{%- endmacro %}

{# The compiled code of this model over the rows of one survey year, and of its neighbour where it has
   one, of each parent that has such rows. #}
{% macro of_survey_year(code, language, version) %}
    {%- set years = [version.survey_year] + ([version.beside] if version.beside else []) -%}
    {%- set restricted = namespace(code=code) -%}
    {%- for key in model.depends_on.nodes -%}
        {%- set parent = graph.sources[key] if key in graph.sources else graph.nodes[key] -%}
        {%- set column = year_column(parent) -%}
        {%- if column and column != 'by_parents' -%}
            {%- set relation = parent.relation_name -%}
            {%- set rows = '(select * from ' ~ relation ~ ' where ' ~ column ~ ' in ('
                ~ quoted(years) ~ '))' -%}
            {%- if language == 'python' -%}
                {%- set relation = relation | replace('"', '\\"') -%}
                {%- set rows = rows | replace('"', '\\"') -%}
            {%- endif -%}
            {%- set restricted.code = restricted.code | replace(relation, rows) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(restricted.code) }}
{% endmacro %}

{# Into the table the rows of each year, from the tables beside it that a Python model wrote. What Python
   returns has the types that its values have: the table has what is wide enough for all years. #}
{% macro take_in(target, column, parts, is_new) %}
    {%- set rows = [] if is_new else ['select * from ' ~ target] -%}
    {%- for aside, survey_year in parts -%}
        {%- do rows.append(
            'select * from ' ~ aside
            ~ (' where ' ~ column ~ " = '" ~ survey_year ~ "'" if survey_year else '')
        ) -%}
    {%- endfor -%}
    {% do run_query(
        'create or replace table ' ~ target ~ ' as ' ~ rows | join(' union all by name ')
    ) %}
    {% for aside, _ in parts %}
        {% do run_query('drop table ' ~ aside) %}
    {% endfor %}
{% endmacro %}

{# A hash over rows in any order. #}
{% macro content(relation) -%}
    count(*) || ' ' || coalesce(sum(hash({{ relation }})), 0)
{%- endmacro %}

{% macro quoted(years) -%}
    '{{ years | join("', '") }}'
{%- endmacro %}
