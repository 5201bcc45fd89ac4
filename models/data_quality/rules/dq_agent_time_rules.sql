-- Grain: one row per finding on an agent state that only the states around it show.
{% set scope -%}
exists (
    select 1 from {{ stored_relation('intermediate', 'int_agent_time_scope') }} as scope
    where scope.delivered_agent_id = rows_of.agent_id and rows_of.started_at >= scope.read_since_at
)
{%- endset -%}
{{ config(meta={'scope': {'condition': scope}}) }}

with

states as (

    select * from {{ ref('stg_workforce__agent_states') }}

    where
        started_at <= {{ as_of() }}
        and agent_id is not null
        and {{ is_agent_time_read('agent_id', 'started_at', 'ended_at') }}

),

-- total order: state_id
surrounded as (

    select
        *,
        max(ended_at) over (
            partition by agent_id
            order by started_at, state_id
            rows between unbounded preceding and 1 preceding
        ) as covered_until,
        lead(started_at) over (
            partition by agent_id
            order by started_at, state_id
        ) as next_started_at

    from states

),

suspects as (

    select * from surrounded

    where
        (covered_until > started_at or (ended_at is null and next_started_at is not null))
        and {{
            scope | replace('rows_of.', 'surrounded.') if execute and is_partial_run() else 'true'
        }}

),

judged as (

    select
        agent_id,
        started_at,
        'agent_states' as raw_table,
        state_id as row_key,
        'started_at' as column_name,
        'overlapping_state' as reason_code,
        cast(started_at as {{ dbt.type_string() }}) as raw_value,
        source_file,
        loaded_at

    from suspects

    where covered_until > started_at

    union all

    select
        agent_id,
        started_at,
        'agent_states' as raw_table,
        state_id as row_key,
        'ended_at' as column_name,
        'open_state' as reason_code,
        null as raw_value,
        source_file,
        loaded_at

    from suspects

    where
        ended_at is null
        and next_started_at is not null

),

{{ rule_findings([('workforce', 'agent_states')], extra=['agent_id', 'started_at']) }}
