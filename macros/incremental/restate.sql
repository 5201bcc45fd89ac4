{# The incremental strategy `restate`: of the keys in its scope the model's query returns all rows
   as they are now; those keys whose rows differ from the stored ones are replaced, all others stay
   untouched. What the changed rows are about, before and after, goes into the change log for the
   models that build on them: the model's meta `links`, per entity the columns (or expressions) that
   name it; and their keys, as entity `row`.

   The scope are the keys that the query returns and those that the model's meta `scope` puts there,
   so that what the query no longer returns is deleted: per entity of int_restatement_scope the
   column with its id (which also leaves out what was read alone); `agent_days` for the days of
   int_agent_time_scope; `backlog` for the days since that of int_backlog_scope; `day` or `month`
   for the column with a day or month of int_restated_days; `dq_scope` for the column with the raw
   table of a key of dq_scope; `condition` for a SQL condition; or `all`.

   Meta `matures`: columns that time alone changes, once so many `hours` have passed `after` the
   instant in another column; the column `becomes` true, or what the named column says. -#}
{% macro get_incremental_restate_sql(arg_dict) -%}
    {%- set target_relation = arg_dict.target_relation -%}
    {%- set name = target_relation.identifier -%}
    {%- set returned = arg_dict.temp_relation -%}
    {%- set meta = config.get('meta', {}) -%}
    {%- set scope = meta.get('scope', {}) -%}
    {%- set links = meta.get('links', {}) -%}
    {#- without a scope all that is returned is in it -#}
    {%- set is_all_returned_in_scope = not scope or _scope_conditions(scope, true) == ['true'] -%}
    {%- set is_all_stored_in_scope = scope == 'all' -%}
    {%- set has_scope_table = scope and not is_all_stored_in_scope -%}
    {%- set in_scope = name ~ '__in_scope' if has_scope_table else returned -%}
    {%- set changed = name ~ '__changed' -%}
    {%- set differing = name ~ '__differing' -%}
    {%- set work_tables = [changed] -%}
    {%- set key = arg_dict.unique_key -%}
    {%- set key = [key] if key is string else key -%}
    {%- set keys = key | join(', ') -%}
    {%- set columns = arg_dict.dest_columns | map(attribute='quoted') | join(', ') -%}

    {%- if has_scope_table %}
    {%- do work_tables.append(in_scope) %}

    drop table if exists {{ in_scope }};

    create temporary table {{ in_scope }} as
    {%- for condition in _scope_conditions(scope) %}
    select {{ keys }} from {{ target_relation }} as rows_of where {{ condition }}
    union
    {%- endfor %}
    {%- for condition in _scope_conditions(scope, of_returned=true) %}
    select {{ keys }} from {{ returned }} as rows_of where {{ condition }}
    {{ 'union' if not loop.last }}
    {%- endfor %};
    {%- endif %}

    drop table if exists {{ changed }};

    create temporary table {{ changed }} as
    select distinct {{ keys }}
    from (
        select {{ columns }}
        from (
            select {{ columns }}, 1 as copies from {{ returned }} as rows_of
            {%- if not is_all_returned_in_scope %}
            where {{ _is_in('rows_of', in_scope, key) }}
            {%- endif %}
            union all
            select {{ columns }}, -1 as copies from {{ target_relation }} as rows_of
            {%- if not is_all_stored_in_scope %}
            where {{ _is_in('rows_of', in_scope, key) }}
            {%- endif %}
        ) as compared
        group by {{ columns }}
        having sum(copies) != 0
    ) as differing;

    insert into {{ change_log() }} (relation_name, entity, entity_id)
    select '{{ name }}', 'row', {{ _row_id(key) }} from {{ changed }};

    {%- if links %}
    {%- do work_tables.append(differing) %}

    drop table if exists {{ differing }};

    {# the rows of these keys as they are now and as they were #}
    create temporary table {{ differing }} as
    select {{ columns }} from {{ returned }} as rows_of where {{ _is_in('rows_of', changed, key) }}
    union all
    select {{ columns }} from {{ target_relation }} as rows_of
    where {{ _is_in('rows_of', changed, key) }};
    {%- endif %}

    {%- for entity, ids in links.items() %}

    insert into {{ change_log() }} (relation_name, entity, entity_id)
    select distinct '{{ name }}', '{{ entity }}', entity_id
    from (
        {%- for id in ids %}
        select cast({{ id }} as {{ dbt.type_string() }}) as entity_id from {{ differing }}
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as ids
    where entity_id is not null;
    {%- endfor %}

    delete from {{ target_relation }} where {{ _is_in(target_relation, changed, key) }};

    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ returned }} as rows_of where {{ _is_in('rows_of', changed, key) }};

    {%- for table in work_tables %}

    drop table {{ table }};
    {%- endfor %}
    {%- if meta.get('matures') %}
    {{ _mature(target_relation, key, meta) }}
    {%- endif %}
{%- endmacro %}

{# Of all stored rows: what time alone has changed since the last complete run. -#}
{% macro _mature(target_relation, key, meta) -%}
    {%- set name = target_relation.identifier -%}
    {%- set matured = name ~ '__matured' -%}

    drop table if exists {{ matured }};

    create temporary table {{ matured }} as
    select
        {{ _row_id(key) }} as row_id
        {%- for date in meta.links.date %},
        {{ date }}
        {%- endfor %}
    from {{ target_relation }}
    where
        {%- for column, rule in meta.matures.items() %}
        {{ 'or ' if not loop.first }}{{ _has_matured(column, rule) }}
        {%- endfor %};

    insert into {{ change_log() }} (relation_name, entity, entity_id)
    select '{{ name }}', 'row', row_id from {{ matured }}
    {%- for date in meta.links.date %}
    union
    select '{{ name }}', 'date', cast({{ date }} as {{ dbt.type_string() }}) from {{ matured }}
    where {{ date }} is not null
    {%- endfor %};

    {%- for column, rule in meta.matures.items() %}

    update {{ target_relation }} set {{ column }} = {{ rule.get('becomes', 'true') }}
    where {{ _has_matured(column, rule) }};
    {%- endfor %}

    drop table {{ matured }};
{%- endmacro %}

{% macro _has_matured(column, rule) -%}
    (
        {{ has_passed(rule.after, rule.hours) }}
        and {{ column }} is distinct from {{ rule.get('becomes', 'true') }}
    )
{%- endmacro %}

{% macro _is_in(alias, keys, key) -%}
    exists (
        select 1 from {{ keys }} as keys
        where {% for column in key -%}
            keys.{{ column }} = {{ alias }}.{{ column }} {{ 'and ' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{# Conditions, of which a row in the scope fulfils one. What a query returns is in it, but for rows
   that int_restatement_scope has for reading alone. -#}
{% macro _scope_conditions(scope, of_returned=false) -%}
    {%- set others = ['agent_days', 'backlog', 'day', 'month', 'dq_scope', 'condition'] -%}
    {%- if scope == 'all' or (of_returned and scope.keys() | select('in', others) | list) -%}
        {{ return(['true']) }}
    {%- endif -%}
    {%- set conditions = [] -%}
    {%- for entity, column in scope.items() -%}
        {%- do conditions.append(_is_in_scope(entity, column)) -%}
    {%- endfor -%}
    {{ return(conditions) }}
{%- endmacro %}

{% macro _is_in_scope(entity, column) -%}
    {%- if entity == 'agent_days' -%}
        exists (
            select 1 from {{ stored_relation('intermediate', 'int_agent_time_scope') }} as scope
            where scope.agent_id = rows_of.agent_id and rows_of.{{ column }} >= scope.since_date
        )
    {%- elif entity == 'backlog' -%}
        {{ column }} >= (
            select since_date from {{ stored_relation('intermediate', 'int_backlog_scope') }}
        )
    {%- elif entity == 'dq_scope' -%}
        exists (
            select 1 from {{ stored_relation('intermediate', 'dq_scope') }} as scope
            where scope.raw_table = rows_of.{{ column }} and scope.row_key = rows_of.row_key
        )
    {%- elif entity == 'condition' -%}
        ({{ column }})
    {%- elif entity == 'day' -%}
        {{ column }} in (
            select date_day from {{ stored_relation('intermediate', 'int_restated_days') }}
        )
    {%- elif entity == 'month' -%}
        {{ column }} in (
            select {{ period_start('month', 'date_day') }}
            from {{ stored_relation('intermediate', 'int_restated_days') }}
        )
    {%- else -%}
        {{ column }} in (
            select scope.entity_id
            from {{ stored_relation('intermediate', 'int_restatement_scope') }} as scope
            where scope.entity = '{{ entity }}' and scope.is_restated
        )
    {%- endif -%}
{%- endmacro %}

{# The key of a row as one text, by which the change log names it. -#}
{% macro _row_id(key) -%}
    {%- for column in key -%}
        cast({{ column }} as {{ dbt.type_string() }}){{ " || '|' || " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# dbt's own hook into generic tests: in a partial run an incremental model is tested on what the
   run has changed, for the rest was tested when it was built. -#}
{% macro get_where_subquery(relation) -%}
    {%- set conditions = ['(' ~ config.get('where') ~ ')'] if config.get('where') else [] -%}
    {%- if execute and is_partial_run() -%}
        {%- set node_id = 'model.' ~ model.package_name ~ '.' ~ relation.identifier -%}
        {%- set node = graph.nodes.get(node_id) -%}
        {%- if node and node.config.materialized == 'incremental' -%}
            {%- set key = node.config.unique_key -%}
            {%- do conditions.append(
                _row_id([key] if key is string else key) ~ ' in (select entity_id from '
                ~ change_log() ~ " where relation_name = '" ~ node.name ~ "' and entity = 'row')"
            ) -%}
        {%- endif -%}
    {%- endif -%}
    {%- if conditions -%}
        {{ return(
            '(select * from ' ~ relation ~ ' where ' ~ (conditions | join(' and ')) ~ ') as tested'
        ) }}
    {%- endif -%}
    {{ return(relation) }}
{%- endmacro %}
