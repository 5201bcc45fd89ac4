{# What is to be said of the rows of raw tables, one table after the other: rows without a key,
   deliveries that a newer one supersedes, and values of the delivery that counts which were
   repaired, lost or cannot be. What to look for stands in the source YAML (docs/data-quality.md),
   so a new raw table needs a line in its model and nothing here.

   A full run looks at each raw row once and carries on with the few that something is wrong with.
   A partial run looks at the keys of dq_scope, and at newly arrived rows without a key. -#}
{% macro raw_findings(source_name, table_names) -%}
    {%- set scope = ref('dq_scope') -%}
    {%- set seeds = {
        'cfg_channels': ref('cfg_channels'), 'cfg_keywords': ref('cfg_keywords'),
        'cfg_queues': ref('cfg_queues'),
        'cfg_topics': ref('cfg_topics'),
    } -%}
    {%- for name in table_names -%}
        {%- do source(source_name, name) -%}
    {%- endfor -%}
    {%- set tables = [] -%}
    {%- if execute -%}
        {%- for name in table_names -%}
            {%- set node = raw_node(source_name, name) -%}
            {%- set relation = adapter.get_relation(node.database, node.schema, node.identifier) -%}
            {%- if relation is not none and has_rows(relation) -%}
                {%- set found = raw_columns(node, relation) -%}
                {%- if _has_rows_to_judge(name, relation, found, scope) -%}
                    {%- do tables.append({
                        'node': node, 'relation': relation, 'found': found,
                        'checks': _value_checks(node, found),
                    }) -%}
                {%- endif -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set targets = _reference_targets(tables) -%}
with

{% for target in targets -%}
known_{{ target }} as (

    {{ _known_ids(target, seeds) }}

),

{% endfor -%}
{%- for table in tables -%}
{{ _findings_of_table(table, scope) }},

{% endfor -%}
unioned as (

    select {{ _no_finding() }}

    where 1 = 0

    {% for table in tables -%}
    union all

    select
        raw_table, row_key, column_name, reason_code, raw_value, delivery_id, source_file,
        loaded_at, arrived_at

    from {{ table.node.name }}_findings

    {% endfor -%}

),

final as (

    select
        ---------- ids
        {{ finding_id() }} as finding_id,

        ---------- strings
        raw_table,
        row_key,
        column_name,
        reason_code,
        raw_value,
        delivery_id,
        source_file,

        ---------- timestamps (UTC)
        loaded_at,
        arrived_at

    from unioned

)

select * from final
{%- endmacro %}

{# Tells whether anything is there to judge: planning a query for nothing costs more than asking.
-#}
{% macro _has_rows_to_judge(name, relation, found, scope) -%}
    {%- if not is_partial_run() or arrived_at(found).column is none -%}
        {{ return(true) }}
    {%- endif -%}
    {{ return(
        has_rows(relation, has_newly_arrived(found))
        or has_rows(scope, "raw_table = '" ~ name ~ "'")
    ) }}
{%- endmacro %}

{# Names a finding: which row, which delivery of it, which column, which reason. -#}
{% macro finding_id() -%}
    {{ dbt.hash(
        "raw_table || '|' || row_key || '|' || column_name || '|' || reason_code || '|'"
        ~ " || delivery_id"
    ) }}
{%- endmacro %}

{# One typed row of nothing. -#}
{% macro _no_finding() -%}
    {%- for name in ['raw_table', 'row_key', 'column_name', 'reason_code', 'raw_value',
                     'delivery_id', 'source_file'] %}
        cast(null as {{ dbt.type_string() }}) as {{ name }},
    {%- endfor %}
        cast(null as timestamp) as loaded_at,
        cast(null as timestamp) as arrived_at
{%- endmacro %}

{# The key of a raw row as one text; a missing part is empty. -#}
{% macro raw_row_key(node, found) -%}
    {%- for column in node.config.meta.key -%}
        {%- set value = raw_value(node.columns[column], found) -%}
        coalesce({{ value if node.columns[column].data_type == 'varchar'
            else 'cast(' ~ value ~ ' as ' ~ dbt.type_string() ~ ')' }}, '')
        {{- " || '|' || " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# Condition: no part of the key is missing. -#}
{% macro has_raw_key(node, found) -%}
    {%- for column in node.config.meta.key -%}
        {{ raw_value(node.columns[column], found) }} is not null {{ 'and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro _findings_of_table(table, scope) -%}
    {%- set node, relation, found = table.node, table.relation, table.found -%}
    {%- set name = node.name -%}
    {%- set is_partial = is_partial_run() -%}
    {%- set row_key -%}{{ raw_row_key(node, found) }}{%- endset -%}
    {%- set has_key -%}{{ has_raw_key(node, found) }}{%- endset -%}
    {%- set arrived = arrived_at(found) -%}
    {%- set arrival = arrived.instant or 'cast(null as timestamp)' -%}
    {%- set loaded_at = raw_value(node.columns['_loaded_at'], found) -%}
    {%- set first_key = node.config.meta.key[0] -%}
    {%- set stamps -%}
        {{ raw_value(node.columns['_source_file'], found) }} as source_file,
        {{ loaded_at }} as loaded_at,
        {{ arrival }} as arrived_at
    {%- endset -%}
    {%- set keys = [] -%}
    {%- for column in node.config.meta.key -%}
        {%- do keys.append(raw_value(node.columns[column], found)) -%}
    {%- endfor -%}
    {%- set order = [] -%}
    {%- for column in delivery_order(node) -%}
        {%- do order.append(raw_value(node.columns[column], found) ~ ' desc nulls last') -%}
    {%- endfor -%}
    {#- not `exists`: over expressions DuckDB would put all rows aside for it -#}
    {%- set several -%}
        {% if is_partial -%}
        {{ row_key }} in (select several.row_key from {{ name }}_several as several)
        {%- else -%}
        ({{ keys | join(', ') }}) in (
            select
                {% for key in keys -%}
                several.key_{{ loop.index }}{{ ', ' if not loop.last }}
                {%- endfor %}
            from {{ name }}_several as several
        )
        {%- endif %}
    {%- endset -%}
    {%- set is_suspect = table.checks | map(attribute='suspect') | unique
        | join('\n        or ') -%}
    {%- set columns = table.checks | map(attribute='column') | unique | list -%}
-- keys to put in order: in a full run those that were delivered more than once
{{ name }}_several as (

    {% if is_partial -%}
    select row_key

    from {{ scope }}

    where raw_table = '{{ name }}'
    {%- else -%}
    select
        {%- for key in keys %}
        {{ key }} as key_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}

    from {{ relation }}

    where {{ has_key }}

    group by {{ keys | join(', ') }}

    having count(*) > 1
    {%- endif %}

),

{{ name }}_ordered as (

    select
        *,
        row_number() over (
            partition by {{ keys | join(', ') }}
            order by
                {{ order | join(',\n                ') }},
                {{ arrival }} asc
        ) as dq_delivery_rank,
        rank() over (
            partition by {{ keys | join(', ') }}
            order by
                {{ order | join(',\n                ') }}
        ) as dq_version_rank,
        count(*) over (partition by {{ keys | join(', ') }}) as dq_delivery_count,
        min({{ loaded_at }}) over (partition by {{ keys | join(', ') }}) as dq_first_loaded_at

    from {{ relation }}

    where {{ has_key }} and {{ several }}

),

-- deliveries that count, and whether what they refer to is known
{{ name }}_rows as (

    select
        delivered.*,
        {%- for check in table.checks if check.flag %}
        {{ check.flag_condition }} as {{ check.flag }},
        {%- endfor %}
        (select min({{ loaded_at }}) from {{ relation }}) as dq_table_loaded_at

    from (
        select * from {{ name }}_ordered where dq_delivery_rank = 1
        {% if not is_partial -%}
        union all

        select
            *,
            1 as dq_delivery_rank,
            1 as dq_version_rank,
            1 as dq_delivery_count,
            {{ loaded_at }} as dq_first_loaded_at

        from {{ relation }}

        where {{ has_key }} and not {{ several }}
        {%- endif %}
    ) as delivered

),

-- the few that something is wrong with …
{{ name }}_suspects as (

    select * from {{ name }}_rows

    where
        {{ is_suspect }}

),

-- … and what
{{ name }}_failed as (

    select
        *,
        {% for condition in table.checks -%}
        case when {{ condition.condition }} then '|{{ loop.index }}|' else '' end
        {{ '|| ' if not loop.last }}
        {%- endfor %} as dq_failed_checks

    from {{ name }}_suspects

),

{{ name }}_checks as (

    select *

    from (
        values
        {% for check in table.checks -%}
        ('%|{{ loop.index }}|%', '{{ check.column }}', '{{ check.reason }}')
        {{- ',' if not loop.last }}
        {% endfor -%}
    ) as checks (dq_check_pattern, dq_column_name, dq_reason_code)

),

{{ name }}_without_key as (

    select
        {{ row_key }} as row_key,
        {{ _row_as_text(node, found) }} as raw_value,
        {{ stamps | indent(8) }}

    from {{ relation }}

    where
        not ({{ has_key }})
        {%- if is_partial and arrived.column is not none %}
        and {{ has_newly_arrived(found) }}
        {%- endif %}

),

{{ name }}_findings as (

    select
        '{{ name }}' as raw_table,
        row_key,
        '{{ first_key }}' as column_name,
        'null_key' as reason_code,
        raw_value,
        coalesce(cast(arrived_at as {{ dbt.type_string() }}), '') || '|' || raw_value || '|'
        || cast(
            row_number() over (
                partition by row_key, arrived_at, raw_value, source_file, loaded_at
                order by row_key
            ) as {{ dbt.type_string() }}
        ) || '|' || coalesce(cast(loaded_at as {{ dbt.type_string() }}), '')
        || '|' || coalesce(source_file, '') as delivery_id,
        source_file,
        loaded_at,
        arrived_at

    from {{ name }}_without_key

    union all

    select
        '{{ name }}',
        {{ row_key }},
        '{{ first_key }}',
        case
            when dq_delivery_rank = dq_version_rank then 'redelivered_older'
            else 'duplicate_exact'
        end,
        cast(null as {{ dbt.type_string() }}),
        -- counted from the oldest, so that a newer delivery renames none
        cast(dq_delivery_count - dq_delivery_rank + 1 as {{ dbt.type_string() }}),
        {{ stamps | indent(8) }}

    from {{ name }}_ordered

    where dq_delivery_rank > 1

    union all

    select
        '{{ name }}',
        {{ row_key }},
        checks.dq_column_name,
        checks.dq_reason_code,
        case checks.dq_column_name
            {%- for column in columns %}
            when '{{ column }}' then
                {% if node.columns[column].config.meta.get('pii') -%}
                '(personal data)'
                {%- else -%}
                cast({{ adapter.quote(found[column].name) }} as {{ dbt.type_string() }})
                {%- endif %}
            {%- endfor %}
        end,
        '',
        {{ stamps | indent(8) }}

    from {{ name }}_failed

    inner join {{ name }}_checks as checks
        on dq_failed_checks like checks.dq_check_pattern

)
{%- endmacro %}

{# All that a row without a key says, but for personal data. -#}
{% macro _row_as_text(node, found) -%}
    {%- set parts = [] -%}
    {%- for column in node.columns.values()
        if column.name in found and column.name not in ('_loaded_at', '_source_file')
        and not column.config.meta.get('pii') -%}
        {%- do parts.append(
            "coalesce('" ~ column.name ~ "=' || cast(" ~ adapter.quote(found[column.name].name)
            ~ " as " ~ dbt.type_string() ~ ") || '; ', '')"
        ) -%}
    {%- endfor -%}
    {{ parts | join(' || ') }}
{%- endmacro %}
