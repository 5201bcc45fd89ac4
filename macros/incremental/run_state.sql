{# What a run knows of the ones before it: `data_quality.run_history`, one row per run;
   `data_quality.source_freshness`, what it found in each raw table; and `data_quality.change_log`,
   the keys and dates that incremental models have changed since the last complete run.

   A run is partial where it may rely on what the last complete one left; everything else is a full
   one: the first run, --full-refresh, other vars, seeds or models, an earlier as_of, raw rows that
   are gone. -#}

{% macro run_history() -%}
    {{ return(_state_relation('run_history')) }}
{%- endmacro %}

{% macro change_log() -%}
    {{ return(_state_relation('change_log')) }}
{%- endmacro %}

{% macro _state_relation(identifier) -%}
    {{ return(stored_relation('data_quality', identifier)) }}
{%- endmacro %}

{# Run hook: writes down that this run has started, from which data and definitions. -#}
{% macro start_run() -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- do adapter.create_schema(run_history().without_identifier()) -%}
        {%- do _make_state_tables() -%}
        {%- do _write(_insert_source_freshness()) -%}
        {%- do _write(_insert_run()) -%}
        {%- if not is_partial_run() -%}
            {#- until this run is complete nobody can rely on what was there before -#}
            {%- do _write(
                'update ' ~ run_history() ~ ' set is_complete = false where is_complete'
            ) -%}
            {%- do _write('delete from ' ~ change_log()) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro _write(sql) -%}
    {%- call statement(auto_begin=true) -%}{{ sql }}{%- endcall -%}
    {%- do adapter.commit() -%}
{%- endmacro %}

{# What runs write down, by table: its columns. A column that an earlier release did not have is
   added, so it must allow NULL. -#}
{% macro _state_columns() -%}
    {{ return({
        'run_history': {
            'run_id': 'varchar not null',
            'started_at': 'timestamp not null',
            'finished_at': 'timestamp',
            'as_of': 'timestamp not null',
            'previous_as_of': 'timestamp',
            'definition_hash': 'varchar not null',
            'arrived_after': 'timestamp',
            'arrived_through': 'timestamp',
            'raw_row_count': 'bigint not null',
            'is_partial': 'boolean not null',
            'is_complete': 'boolean not null',
            'run_command': 'varchar',
            'run_seconds': type_double(),
            'delivered_row_count': 'bigint',
            'new_row_count': 'bigint',
            'rejected_row_count': 'bigint',
            'built_node_count': 'bigint',
            'failed_node_count': 'bigint',
            'skipped_node_count': 'bigint',
            'passed_test_count': 'bigint',
            'warned_test_count': 'bigint',
            'failed_test_count': 'bigint',
            'skipped_test_count': 'bigint',
            'data_through_at': 'timestamp',
        },
        'run_results': {
            'run_id': 'varchar not null',
            'node_id': 'varchar not null',
            'node_name': 'varchar not null',
            'resource_type': 'varchar not null',
            'node_status': 'varchar not null',
            'node_seconds': type_double(),
            'row_count': 'bigint',
            'failure_count': 'bigint',
        },
        'source_freshness': {
            'run_id': 'varchar not null',
            'source_name': 'varchar not null',
            'table_name': 'varchar not null',
            'row_count': 'bigint not null',
            'new_row_count': 'bigint',
            'loaded_through_at': 'timestamp',
            'arrived_through_at': 'timestamp',
        },
        'change_log': {
            'relation_name': 'varchar not null',
            'entity': 'varchar not null',
            'entity_id': 'varchar not null',
        },
    }) }}
{%- endmacro %}

{% macro _make_state_tables() -%}
    {%- for name, columns in _state_columns().items() -%}
        {%- set relation = _state_relation(name) -%}
        {%- set found = adapter.get_relation(
            relation.database, relation.schema, relation.identifier
        ) -%}
        {%- if found is none -%}
            {%- set definitions = [] -%}
            {%- for column, data_type in columns.items() -%}
                {%- do definitions.append(column ~ ' ' ~ data_type) -%}
            {%- endfor -%}
            {%- do _write(
                'create table if not exists ' ~ relation ~ ' (' ~ (definitions | join(', ')) ~ ')'
            ) -%}
        {%- else -%}
            {%- set have = adapter.get_columns_in_relation(found)
                | map(attribute='name') | map('lower') | list -%}
            {%- for column, data_type in columns.items() if column not in have -%}
                {%- do _write(
                    'alter table ' ~ relation ~ ' add column ' ~ column ~ ' ' ~ data_type
                ) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{% macro _last_run() -%}
last_run as (

    select *

    from {{ run_history() }}

    where is_complete

    order by started_at desc

    limit 1

)
{%- endmacro %}

{% macro _insert_run() -%}
    insert into {{ run_history() }} (
        run_id, started_at, as_of, previous_as_of, definition_hash, arrived_after, arrived_through,
        raw_row_count, is_partial, is_complete, run_command, delivered_row_count, new_row_count
    )
    with

    {{ _last_run() }},

    -- only our own load appends and nothing else; what others may update in place does not count
    arrived as (

        select
            max(coalesce(arrived_through_at, loaded_through_at)) as arrived_through,
            cast(coalesce(sum(case when arrived_through_at is not null then row_count end), 0)
                as bigint) as stamped_row_count,
            coalesce(
                sum(case when arrived_through_at is not null then row_count - new_row_count end), 0
            ) as old_row_count,
            cast(coalesce(sum(row_count), 0) as bigint) as delivered_row_count,
            cast(sum(new_row_count) as bigint) as new_row_count

        from {{ _state_relation('source_freshness') }}

        where run_id = '{{ invocation_id }}'

    )

    select
        '{{ invocation_id }}',
        cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp),
        {{ as_of() }},
        last_run.as_of,
        '{{ definition_hash() }}',
        last_run.arrived_through,
        arrived.arrived_through,
        arrived.stamped_row_count,
        coalesce(
            {{ 'false' if flags.FULL_REFRESH else 'true' }}
            and last_run.definition_hash = '{{ definition_hash() }}'
            and last_run.as_of <= {{ as_of() }}
            and arrived.old_row_count = last_run.raw_row_count,
            false
        ),
        false,
        '{{ flags.WHICH }}',
        arrived.delivered_row_count,
        arrived.new_row_count

    from arrived

    left join last_run
        on true
{%- endmacro %}

{# Per raw table that was delivered: its rows, how many of them the last complete run did not see,
   and up to when it was loaded. -#}
{% macro _insert_source_freshness() -%}
    insert into {{ _state_relation('source_freshness') }} (
        run_id, source_name, table_name, row_count, new_row_count, loaded_through_at,
        arrived_through_at
    )
    with

    {{ _last_run() }},

    delivered as (

        select
            cast(null as varchar) as source_name,
            cast(null as varchar) as table_name,
            cast(null as bigint) as row_count,
            cast(null as bigint) as new_row_count,
            cast(null as timestamp) as loaded_through_at,
            cast(null as timestamp) as arrived_through_at

        {% for node in raw_sources() -%}
            {%- set relation = adapter.get_relation(node.database, node.schema, node.identifier) -%}
            {%- if relation is not none -%}
                {%- set columns = raw_columns(node, relation) -%}
                {%- set arrived = arrived_at(columns) -%}
                {%- set loaded = columns.get('_loaded_at') %}

        union all

        select
            '{{ node.source_name }}',
            '{{ node.name }}',
            count(*),
            {% if arrived.column is none -%}
            cast(null as bigint),
            {%- else -%}
            count(*) - count(
                case
                    when
                        {{ arrived.instant }} <= (select last_run.arrived_through from last_run)
                        then 1
                end
            ),
            {%- endif %}
            {% if loaded is none -%}
            cast(null as timestamp),
            {%- else -%}
            max({{ raw_instant(adapter.quote(loaded.name), loaded.dtype | lower) }}),
            {%- endif %}
            {{ 'max(' ~ arrived.instant ~ ')' if arrived.is_stamped
                else 'cast(null as timestamp)' }}

        from {{ relation }}
            {%- endif -%}
        {%- endfor %}

    )

    select '{{ invocation_id }}', delivered.*

    from delivered

    where delivered.source_name is not null
{%- endmacro %}

{# When a raw row came into this warehouse: `_arrived_at`, which our load stamps; another loader's
   `_loaded_at` stands in. `columns` is raw_columns(). A dict: the column's name (none: there is no
   such column), the instant as a SQL expression, and whether it is our stamp. -#}
{% macro arrived_at(columns) -%}
    {%- set column = columns.get('_arrived_at', columns.get('_loaded_at')) -%}
    {{ return({
        'column': column,
        'instant': raw_instant(adapter.quote(column.name), column.dtype | lower)
            if column is not none,
        'is_stamped': '_arrived_at' in columns,
    }) }}
{%- endmacro %}

{# Changes with whatever the rows of facts and marts depend on beside the raw rows and as_of: vars,
   seeds, models. (A changed macro is not seen: run with --full-refresh.) -#}
{% macro definition_hash() -%}
    {%- set parts = [] -%}
    {%- for name in project_var_names() -%}
        {%- do parts.append(name ~ '=' ~ var(name)) -%}
    {%- endfor -%}
    {%- for node in graph.nodes.values() | sort(attribute='unique_id')
        if node.resource_type in ('model', 'seed') -%}
        {%- do parts.append(node.unique_id ~ '=' ~ node.checksum.checksum) -%}
    {%- endfor -%}
    {#- what the source YAML says of columns decides on findings -#}
    {%- for node in graph.sources.values() | sort(attribute='unique_id') -%}
        {%- do parts.append(node.name ~ '=' ~ node.config.meta) -%}
        {%- for column in node.columns.values() -%}
            {%- do parts.append(column.name ~ '=' ~ column.data_type ~ column.config.meta) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(local_md5(parts | join('\n'))) }}
{%- endmacro %}

{# The vars that a definition may hang on; as_of is none, time only goes on. -#}
{% macro project_var_names() -%}
    {{ return([
        'acw_cap_seconds', 'calendar_end_date', 'calendar_start_date', 'cancellation_fold_days',
        'customer_contact_days', 'sale_reversal_days',
        'calibration_tolerance_points', 'chaser_gap_seconds', 'churn_grace_days',
        'clock_skew_seconds', 'esat_min_answers', 'fcr_repeat_window_days',
        'chat_concurrency', 'forecast_lock_hours', 'forecast_tolerance', 'full_time_weekly_hours',
        'inactivity_churn_days', 'late_row_days', 'max_occupancy', 'service_level_target',
        'new_customer_days', 'qa_min_reviews', 'qa_required_level', 'raw_schema',
        'bot_silence_hours',
        'rehire_gap_days', 'reopen_window_days', 'reporting_calendar_id', 'reporting_currency',
        'reporting_timezone', 'restatement_days', 'save_confirmation_days',
        'selfcare_adoption_days', 'selfcare_followup_hours', 'service_level_alt_seconds',
        'service_level_seconds', 'short_abandon_seconds', 'shrinkage', 'small_sample_agent_n',
        'small_sample_n', 'soft_reopen_hours', 'standard_handle_seconds',
        'survey_max_age_days', 'understaffing_tolerance',
    ]) }}
{%- endmacro %}

{# The row of this run, or none outside `dbt run` and `dbt build`. -#}
{% macro _this_run() -%}
    {%- if execute and flags.WHICH in ('build', 'run')
        and (model is not defined or model.resource_type != 'unit_test') -%}
        {%- set memory = run_memory('this_run') -%}
        {%- if 'row' not in memory -%}
            {%- set rows = run_query(
                "select is_partial, cast(arrived_after as varchar), cast(previous_as_of as varchar)"
                ~ " from "
                ~ run_history() ~ " where run_id = '" ~ invocation_id ~ "'"
            ).rows -%}
            {#- until the run has started there is none -#}
            {%- if not rows -%}
                {{ return(none) }}
            {%- endif -%}
            {%- do memory.update({'row': rows[0]}) -%}
        {%- endif -%}
        {{ return(memory['row']) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}

{# Tells whether this run rebuilds only what has changed. -#}
{% macro is_partial_run() -%}
    {%- set run = _this_run() -%}
    {{ return(run is not none and run[0]) }}
{%- endmacro %}

{# A condition on a raw table: the row came after what the last complete run saw. -#}
{% macro has_newly_arrived(columns) -%}
    {{ arrived_at(columns).instant }} > cast('{{ _this_run()[1] }}' as timestamp)
{%- endmacro %}

{# As of when the last complete run saw the data, as a UTC timestamp; for partial runs. -#}
{% macro previous_as_of() -%}
    {%- set run = _this_run() -%}
    cast({{ "'" ~ run[2] ~ "'" if run is not none else 'null' }} as timestamp)
{%- endmacro %}

{# Condition: between the last complete run and this one, the clock passed an instant, or so many
   hours after it. -#}
{% macro has_passed(instant, hours=0) -%}
    (
        {{ instant }} >= {{ dbt.dateadd('hour', -hours, previous_as_of()) }}
        and {{ instant }} <= {{ dbt.dateadd('hour', -hours, as_of()) }}
    )
{%- endmacro %}

{# In a model that reads staging: the row belongs to what this run has to restate; in a full run
   every row does. The scope is referenced in partial runs alone, so that unit tests need not give
   it. -#}
{% macro is_restated(entity, id_column) -%}
    {%- set scope = ref('int_restatement_scope') if not execute or is_partial_run() else none -%}
    {%- if scope is none -%}
        true
    {%- else -%}
        {{ id_column }} in (
            select scope.entity_id from {{ scope }} as scope where scope.entity = '{{ entity }}'
        )
    {%- endif -%}
{%- endmacro %}

{# Of agents' time: the state is needed for days that this run restates. Some earlier ones come
   along: the first day that anybody's time is read from counts for all, which needs no look at
   each. -#}
{% macro is_agent_time_read(agent_id, started_at, ended_at) -%}
    {%- set scope = ref('int_agent_time_scope') if not execute or is_partial_run() else none -%}
    {%- if scope is none -%}
        true
    {%- else -%}
        (
            {{ started_at }} >= (select min(scope.read_since_at) from {{ scope }} as scope)
            or {{ ended_at }} >= (select min(scope.read_since_at) from {{ scope }} as scope)
            or {{ ended_at }} is null
        )
        and coalesce({{ agent_id }}, '') in (
            select coalesce(scope.delivered_agent_id, '') from {{ scope }} as scope
        )
    {%- endif -%}
{%- endmacro %}

{# Of agents' time: the day is one that this run restates. The columns with their table: alone,
   agent_id would be that of the scope. -#}
{% macro is_agent_time_restated(agent_id, date_day) -%}
    {%- if '.' not in agent_id -%}
        {{ exceptions.raise_compiler_error('is_agent_time_restated wants table.' ~ agent_id) }}
    {%- endif -%}
    {%- set scope = ref('int_agent_time_scope') if not execute or is_partial_run() else none -%}
    {%- if scope is none -%}
        true
    {%- else -%}
        exists (
            select 1 from {{ scope }} as scope
            where scope.agent_id = {{ agent_id }} and {{ date_day }} >= scope.since_date
        )
    {%- endif -%}
{%- endmacro %}

{# What an earlier run stored in a model downstream, for saying what to restate. -#}
{% macro stored_relation(schema, identifier) -%}
    {{ return(api.Relation.create(
        database=target.database,
        schema=generate_schema_name(schema, none),
        identifier=identifier
    )) }}
{%- endmacro %}

{# An id of the change log that says since when something changed about an agent: date, bar, id. -#}
{% macro agent_since_date(entity_id) -%}
    cast(substr({{ entity_id }}, 1, 10) as date)
{%- endmacro %}

{% macro agent_since_agent(entity_id) -%}
    substr({{ entity_id }}, 12)
{%- endmacro %}

{# dbt's own switch, so that a run which is a full one by itself is one for every model. -#}
{% macro should_full_refresh() -%}
    {%- set wanted = config.get('full_refresh') -%}
    {%- if wanted is none -%}
        {%- set wanted = flags.FULL_REFRESH or not is_partial_run() -%}
    {%- endif -%}
    {{ return(wanted) }}
{%- endmacro %}

{# Run hook: what came of the run, failed ones too. One that built every incremental model is one
   that the next may rely on. -#}
{% macro end_run(results) -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- set built = [] -%}
        {%- for result in results if result.status == 'success' -%}
            {%- do built.append(result.node.unique_id) -%}
        {%- endfor -%}
        {%- set missing = [] -%}
        {%- for node in graph.nodes.values()
            if node.resource_type == 'model' and node.config.materialized == 'incremental'
            and node.unique_id not in built -%}
            {%- do missing.append(node.unique_id) -%}
        {%- endfor -%}
        {%- do record_results(results, is_complete=not missing) -%}
        {%- if not missing -%}
            {%- do _write('delete from ' ~ change_log()) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# In a mart: the day is one that this run restates; in a full run every day is. -#}
{% macro is_restated_day(date_column) -%}
    {%- set days = ref('int_restated_days') if not execute or is_partial_run() else none -%}
    {%- if days is none -%}
        true
    {%- else -%}
        {{ date_column }} in (select restated.date_day from {{ days }} as restated)
    {%- endif -%}
{%- endmacro %}

{# In a monthly mart: the month has a day that this run restates. -#}
{% macro is_restated_month(date_column) -%}
    {%- set days = ref('int_restated_days') if not execute or is_partial_run() else none -%}
    {%- if days is none -%}
        true
    {%- else -%}
        {{ period_start('month', date_column) }} in (
            select {{ period_start('month', 'restated.date_day') }} from {{ days }} as restated
        )
    {%- endif -%}
{%- endmacro %}

{# Of the backlog: the first day that this run restates, as SQL; none in a full run. -#}
{% macro backlog_since_date() -%}
    {%- if not execute or is_partial_run() -%}
        {{ return('(select since_date from ' ~ ref('int_backlog_scope') ~ ')') }}
    {%- endif -%}
{%- endmacro %}
