-- Grain: one row per ticket and customer turn on an asynchronous channel.

{{ config(
    materialized='incremental',
    unique_key='ticket_id',
    meta={'scope': {'ticket': 'ticket_id'}}
) }}

with

turns as (

    select * from {{ ref('int_reply_turns') }}

),

final as (

    select
        ---------- ids
        turn_id,
        ticket_id,
        queue_id,
        agent_id,
        team_id,
        reply_message_id,

        ---------- strings
        channel,

        ---------- numerics
        turn_number,
        customer_message_count,
        response_calendar_seconds,
        response_business_seconds,
        handle_seconds,

        ---------- booleans
        is_valid,
        is_inbound,
        is_replied,
        is_chased,

        ---------- dates
        turn_date,
        replied_date,

        ---------- timestamps (UTC)
        turn_started_at,
        last_customer_message_at,
        replied_at

    from turns

)

select * from final
