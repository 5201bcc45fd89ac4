-- Grain: one row per valid ticket and stretch of time in which it is open and nothing about it
-- changes (status, owner, team, queue, handled or not).

{{ config(
    materialized='incremental',
    unique_key=['ticket_id', 'change_number', 'is_unhandled'],
    meta={'scope': {'ticket': 'ticket_id'}, 'links': {'backlog_since': ['entered_date']}}
) }}

with

stretches as (

    select * from {{ ref('int_ticket_backlog') }}

),

final as (

    select
        ---------- ids
        ticket_id,
        queue_id,
        team_id,
        agent_id,

        ---------- strings
        ticket_status,
        entry_reason,
        exit_reason,

        ---------- numerics
        change_number,

        ---------- booleans
        is_assigned,
        is_unhandled,
        is_actionable,

        ---------- dates
        entered_date,
        left_date,
        first_day_end_date,
        last_day_end_date,

        ---------- timestamps (UTC)
        created_at,
        entered_at,
        left_at,
        status_since_at,
        owner_since_at

    from stretches

)

select * from final
