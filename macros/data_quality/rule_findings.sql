{# The end of a model of rules: CTEs that give the findings in `judged` their key and the load they
   came with, and the last select. `judged` has raw_table, row_key, column_name, reason_code,
   raw_value, source_file, loaded_at and the columns `extra`; `tables` are the raw tables in it, as
   source and table. The load is that of the first delivery of the row as staging has it. -#}
{% macro rule_findings(tables, extra=[]) -%}
arrivals as (

    {% for source_name, table_name in tables -%}
    {%- set relation = source(source_name, table_name) -%}
    {%- set node = raw_node(source_name, table_name) if execute else none -%}
    {%- set delivered = adapter.get_relation(node.database, node.schema, node.identifier)
        if execute else none -%}
    {%- if delivered is not none -%}
    {%- set found = raw_columns(node, delivered) -%}
    select
        '{{ table_name }}' as raw_table,
        {{ raw_row_key(node, found) }} as row_key,
        coalesce({{ raw_value(node.columns['_source_file'], found) }}, '') as source_file,
        coalesce(
            {{ raw_value(node.columns['_loaded_at'], found) }}, cast('1970-01-01' as timestamp)
        ) as loaded_at,
        {{ arrived_at(found).instant or 'cast(null as timestamp)' }} as arrived_at

    from {{ delivered }}

    where
        {{ raw_row_key(node, found) }} in (
            select judged.row_key from judged where judged.raw_table = '{{ table_name }}'
        )

    union all

    {% endif -%}
    {%- endfor -%}
    select
        '' as raw_table,
        '' as row_key,
        '' as source_file,
        cast('1970-01-01' as timestamp) as loaded_at,
        cast(null as timestamp) as arrived_at

    where 1 = 0

),

first_arrivals as (

    select
        raw_table,
        row_key,
        source_file,
        loaded_at,
        min(arrived_at) as arrived_at

    from arrivals

    group by
        raw_table,
        row_key,
        source_file,
        loaded_at

),

identified as (

    select
        judged.*,
        '' as delivery_id,
        first_arrivals.arrived_at

    from judged

    left join first_arrivals
        on
            judged.raw_table = first_arrivals.raw_table
            and judged.row_key = first_arrivals.row_key
            and coalesce(judged.source_file, '') = first_arrivals.source_file
            and coalesce(judged.loaded_at, cast('1970-01-01' as timestamp))
            = first_arrivals.loaded_at

),

final as (

    select
        ---------- ids
        {{ finding_id() }} as finding_id,
        {%- for column in extra if not column.endswith('_at') %}
        {{ column }},
        {%- endfor %}

        ---------- strings
        raw_table,
        row_key,
        column_name,
        reason_code,
        cast(raw_value as {{ dbt.type_string() }}) as raw_value,
        delivery_id,
        source_file,

        ---------- timestamps (UTC)
        {%- for column in extra if column.endswith('_at') %}
        {{ column }},
        {%- endfor %}
        loaded_at,
        arrived_at

    from identified

)

select * from final
{%- endmacro %}
