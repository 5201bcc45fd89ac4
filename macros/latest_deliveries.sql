{# The rows of a raw table, of several deliveries of one key the latest: `_loaded_at`, then the
   row's own `updated_at` where it has one, then the file name (Q09); of rows that agree in all
   these, the greatest by their values, so that every run chooses the same. Rows without a key are
   no rows of the entity; the data-quality models list them.

   Only keys that were delivered more than once are put in order; a partial run looks at none but
   the keys of newly arrived rows. -#}
{% macro latest_deliveries(source_name, table_name) -%}
    {%- set node = raw_node(source_name, table_name) if execute else none -%}
    {%- set relation = adapter.get_relation(node.database, node.schema, node.identifier)
        if execute else none -%}
    {%- if relation is none -%}
    {{ raw_table(source_name, table_name) }}
    {%- else -%}
    {%- set is_partial = model.config.materialized == 'incremental' and is_partial_run() -%}
    {%- set found = raw_columns(node, relation) -%}
    {%- set key = {} -%}
    {%- for column in node.config.meta.key -%}
        {%- do key.update({column: raw_value(node.columns[column], found)}) -%}
    {%- endfor -%}
    {#- not `exists`: over expressions DuckDB would put all rows aside for it -#}
    {%- set is_ranked -%}
        ({{ key.values() | join(', ') }}) in (
            select
                {%- for _ in key %}
                ranked_keys.key_{{ loop.index }}{{ ',' if not loop.last }}
                {%- endfor %}
            from ranked_keys
        )
    {%- endset -%}
    {%- set has_key = (key.values() | join(' is not null and ')) ~ ' is not null' -%}
    with

    ranked_keys as (

        select
            {%- for value in key.values() %}
            {{ value }} as key_{{ loop.index }}{{ ',' if not loop.last }}
            {%- endfor %}

        from {{ source(source_name, table_name) }}

        where
            {{ has_key }}
            {%- if is_partial %}
            and {{ has_newly_arrived(found) }}
            {%- endif %}

        group by {{ key.values() | join(', ') }}

        {% if not is_partial -%}
        having count(*) > 1
        {%- endif %}

    )

    select {{ node.columns | join(', ') }}

    from (
        select
            delivered.*,
            row_number() over (
                partition by {{ key | join(', ') }}
                order by
                    {%- for column in delivery_order(node) %}
                    {{ column }} desc nulls last{{ ',' if not loop.last }}
                    {%- endfor %}
            ) as delivery_rank

        from ({{ raw_table(source_name, table_name, is_ranked, found) }}) as delivered
    ) as ranked

    where ranked.delivery_rank = 1
    {%- if not is_partial %}

    union all

    {{ raw_table(source_name, table_name, has_key ~ ' and not ' ~ is_ranked, found) }}
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# The columns by which deliveries of one key are put in order, the latest first. -#}
{% macro delivery_order(node) -%}
    {%- set order = ['_loaded_at', 'updated_at', '_source_file']
        | select('in', node.columns) | list -%}
    {{ return(order + (node.columns | reject('in', order) | list)) }}
{%- endmacro %}
