-- Grain: one row per agent and uninterrupted stretch of one state on one local date.

{{ config(
    materialized='incremental',
    unique_key=['agent_id', 'date_day'],
    meta={'agent_time_scope': true}
) }}

with

states as (

    select * from {{ ref('int_agent_states_clean') }}

),

final as (

    select
        ---------- ids
        state_id,
        agent_id,
        team_id,

        ---------- strings
        agent_state,
        channel,

        ---------- numerics
        state_seconds,

        ---------- booleans
        is_customer_facing,
        is_on_queue,

        ---------- dates
        date_day,

        ---------- timestamps (UTC)
        started_at,
        ended_at

    from states

)

select * from final
