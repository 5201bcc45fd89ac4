-- Grain: one row per ticket and stretch of time in one status.

{{ config(
    materialized='incremental',
    unique_key='ticket_id',
    meta={'scope': {'ticket': 'ticket_id'}}
) }}

with

intervals as (

    select * from {{ ref('int_ticket_status_intervals') }}

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

        ---------- numerics
        interval_number,
        calendar_seconds,
        business_seconds,

        ---------- booleans
        is_valid,
        is_inbound,
        is_assigned,
        is_open,

        ---------- dates
        ended_date,

        ---------- timestamps (UTC)
        started_at,
        ended_at

    from intervals

)

select * from final
