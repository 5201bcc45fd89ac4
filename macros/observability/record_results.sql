{# Writes down what came of a run: in its row of `data_quality.run_history`, and one row per node in
   `data_quality.run_results`. Both are one transaction. No message is kept: an engine's error may
   hold a value from the data.

   The run ends with its last node: the time of this hook is not in it. A complete run also forgets
   runs older than `run_history_days`. -#}
{% macro record_results(results, is_complete) -%}
    {%- set counts = {} -%}
    {%- for status in _result_counts() -%}
        {%- do counts.update({status: 0}) -%}
    {%- endfor -%}
    {%- set nodes = [] -%}
    {%- set tables = [] -%}
    {%- set ends = [] -%}
    {%- for result in results
        if result.node.resource_type in ('model', 'seed', 'snapshot', 'test', 'unit_test') -%}
        {%- do nodes.append(result) -%}
        {%- set is_test = result.node.resource_type in ('test', 'unit_test') -%}
        {%- set outcome = result.status ~ ('_test' if is_test else '_node') -%}
        {%- for column, outcomes in _result_counts().items() if outcome in outcomes -%}
            {%- do counts.update({column: counts[column] + 1}) -%}
        {%- endfor -%}
        {%- if result.status == 'success'
            and result.node.config.materialized not in ('view', 'ephemeral') -%}
            {%- do tables.append(result.node) -%}
        {%- endif -%}
        {%- for timing in result.timing if timing.completed_at -%}
            {%- do ends.append(timing.completed_at.replace(tzinfo=none)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set started_at = run_started_at.replace(tzinfo=none) -%}
    {%- set finished_at = ends | max if ends else started_at -%}
    {%- set row_counts = _built_row_counts(tables) -%}

    {%- set statements = [] -%}
    {%- for batch in nodes | batch(500) -%}
        {%- do statements.append(_insert_results(batch, row_counts)) -%}
    {%- endfor -%}
    {%- set changes = [
        'is_complete = ' ~ ('true' if is_complete else 'false'),
        "finished_at = cast('" ~ finished_at.strftime('%Y-%m-%d %H:%M:%S.%f') ~ "' as timestamp)",
        'run_seconds = ' ~ (finished_at - started_at).total_seconds() | round(3),
        'data_through_at = '
            ~ _stored_value('core', 'dim_source', 'max(data_through_at)', 'timestamp'),
        'rejected_row_count = '
            ~ _stored_value(
                'data_quality', 'dq_table_balance', 'sum(rejected_row_count)', 'bigint'
            ),
    ] -%}
    {%- for column, count in counts.items() -%}
        {%- do changes.append(column ~ ' = ' ~ count) -%}
    {%- endfor -%}
    {%- do statements.append(
        'update ' ~ run_history() ~ ' set ' ~ (changes | join(', '))
        ~ " where run_id = '" ~ invocation_id ~ "'"
    ) -%}
    {%- if is_complete -%}
        {%- set days = modules.datetime.timedelta(days=var('run_history_days')) -%}
        {%- do statements.append(
            'delete from ' ~ run_history() ~ " where started_at < cast('"
            ~ (run_started_at - days).strftime('%Y-%m-%d %H:%M:%S') ~ "' as timestamp)"
        ) -%}
        {%- for name in ['run_results', 'source_freshness'] -%}
            {%- do statements.append(
                'delete from ' ~ stored_relation('data_quality', name)
                ~ ' where run_id not in (select history.run_id from '
                ~ run_history() ~ ' as history)'
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for sql in statements -%}
        {%- call statement(auto_begin=true) -%}{{ sql }}{%- endcall -%}
    {%- endfor -%}
    {%- do adapter.commit() -%}
{%- endmacro %}

{# The counts of `data_quality.run_history`: which outcomes of a node each of them adds up. -#}
{% macro _result_counts() -%}
    {{ return({
        'built_node_count': ['success_node'],
        'failed_node_count': ['error_node', 'fail_node', 'partial success_node'],
        'skipped_node_count': ['skipped_node'],
        'passed_test_count': ['pass_test'],
        'warned_test_count': ['warn_test'],
        'failed_test_count': ['fail_test', 'error_test'],
        'skipped_test_count': ['skipped_test'],
    }) }}
{%- endmacro %}

{% macro _insert_results(results, row_counts) -%}
    insert into {{ stored_relation('data_quality', 'run_results') }} (
        run_id, node_id, node_name, resource_type, node_status, node_seconds, row_count,
        failure_count
    )
    values
    {%- for result in results %}
    (
        '{{ invocation_id }}', '{{ result.node.unique_id }}', '{{ result.node.name }}',
        '{{ result.node.resource_type }}', '{{ result.status }}',
        {{ result.execution_time | round(3) }},
        {{ row_counts.get(result.node.unique_id, 'null') }},
        {{ result.failures if result.failures is not none
            and result.node.resource_type in ('test', 'unit_test') else 'null' }}
    ){{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# Rows of the tables that a run has built, by node. Only where an engine counts them without
   reading them. -#}
{% macro _built_row_counts(nodes) -%}
    {%- set row_counts = {} -%}
    {%- if nodes and adapter.dispatch('counts_without_reading', 'service_kpis')() -%}
        {%- set sql -%}
            {%- for node in nodes -%}
                select '{{ node.unique_id }}', count(*)
                from {{ api.Relation.create(
                    database=node.database, schema=node.schema, identifier=node.alias
                ) }}
                {{ 'union all ' if not loop.last }}
            {%- endfor -%}
        {%- endset -%}
        {%- for row in run_query(sql).rows -%}
            {%- do row_counts.update({row[0]: row[1]}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(row_counts) }}
{%- endmacro %}

{% macro default__counts_without_reading() -%}
    {{ return(false) }}
{%- endmacro %}

{% macro duckdb__counts_without_reading() -%}
    {{ return(true) }}
{%- endmacro %}

{# A value from a table of this warehouse, as a subquery; NULL while there is no such table. -#}
{% macro _stored_value(schema, identifier, value, data_type) -%}
    {%- set relation = stored_relation(schema, identifier) -%}
    {%- if adapter.get_relation(relation.database, relation.schema, relation.identifier) is none -%}
        {{ return('null') }}
    {%- endif -%}
    {{ return('(select cast(' ~ value ~ ' as ' ~ data_type ~ ') from ' ~ relation ~ ')') }}
{%- endmacro %}
