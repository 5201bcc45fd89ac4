{# A raw table as its source YAML says it is: every column there, safely cast to its data_type,
   instants as UTC timestamps, text trimmed and empty text NULL.

   Nobody has all tables: a missing one is an empty one, a missing optional column is NULL, and a
   missing key column stops the run with one line. This also makes dbt work straight on a loader's
   schema, where nothing was prepared. `condition` limits the rows, on the columns as delivered;
   `found` is raw_columns() where the caller has asked already. -#}
{% macro raw_table(source_name, table_name, condition=none, found=none) -%}
    {%- if not execute -%}
    select * from {{ source(source_name, table_name) }}
    {%- else -%}
    {%- set node = raw_node(source_name, table_name) -%}
    {%- set relation = adapter.get_relation(node.database, node.schema, node.identifier) -%}
    {%- set found = found or raw_columns(node, relation) -%}
    select
        {%- for column in node.columns.values() %}
        {{ raw_value(column, found) }} as {{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}

    {% if relation is none -%}
    from (select 1 as nothing) as no_delivery

    where nothing = 0
    {%- else -%}
    from {{ source(source_name, table_name) }}
    {%- if condition is not none %}

    where {{ condition }}
    {%- endif -%}
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# What the source YAML says of a raw table. -#}
{% macro raw_node(source_name, table_name) -%}
    {{ return(
        graph.sources.values()
        | selectattr('source_name', 'equalto', source_name)
        | selectattr('name', 'equalto', table_name) | first
    ) }}
{%- endmacro %}

{# The columns that were delivered, by lower-case name; stops where a key column is missing. -#}
{% macro raw_columns(node, relation) -%}
    {%- set memory = run_memory('raw_columns') -%}
    {%- if relation is not none and (relation | string) in memory -%}
        {{ return(memory[relation | string]) }}
    {%- endif -%}
    {%- set found = {} -%}
    {%- if relation is not none -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- do found.update({column.name | lower: column}) -%}
        {%- endfor -%}
        {%- for column in node.config.meta.key if column not in found -%}
            {%- do exceptions.raise_compiler_error(
                "raw table " ~ relation.schema ~ "." ~ relation.identifier ~ ": key column '"
                ~ column ~ "' is missing; found: " ~ (found | join(', '))
            ) -%}
        {%- endfor -%}
        {%- do memory.update({relation | string: found}) -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}

{# A raw column as its data_type, clean; NULL where it was not delivered. -#}
{% macro raw_value(column, found) -%}
    {%- if column.name not in found -%}
        cast(null as {{ 'timestamp' if column.data_type == 'timestamptz' else column.data_type }})
    {%- else -%}
        {{ _clean_raw_value(
            adapter.quote(found[column.name].name), column.data_type,
            found[column.name].dtype | lower
        ) }}
    {%- endif -%}
{%- endmacro %}

{% macro _clean_raw_value(column, data_type, found_type) -%}
    {%- if data_type == 'varchar' -%}
        nullif(trim({{ column if 'char' in found_type or found_type in ('text', 'string')
            else 'cast(' ~ column ~ ' as varchar)' }}), '')
    {%- elif data_type == 'timestamptz' -%}
        {{ raw_instant(column, found_type) }}
    {%- elif found_type == data_type -%}
        {{ column }}
    {%- else -%}
        {{ dbt.safe_cast(column, data_type) }}
    {%- endif -%}
{%- endmacro %}
