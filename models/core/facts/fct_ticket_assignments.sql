-- Grain: one row per ticket and assignment to an agent.

{{ config(
    materialized='incremental',
    unique_key='ticket_id',
    meta={'scope': {'ticket': 'ticket_id'}}
) }}

with

assignments as (

    select * from {{ ref('int_ticket_assignments') }}

),

final as (

    select
        ---------- ids
        ticket_id,
        agent_id,
        team_id,

        ---------- numerics
        assignment_number,
        tat_calendar_seconds,
        tat_business_seconds,

        ---------- booleans
        is_valid,
        is_inbound,
        is_replied,
        is_reassignment,

        ---------- dates
        assigned_date,
        replied_date,
        ended_date,

        ---------- timestamps (UTC)
        assigned_at,
        ended_at,
        replied_at

    from assignments

)

select * from final
