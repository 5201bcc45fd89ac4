-- Grain: one row per bot conversation that started by as_of and is no test.

{{ config(
    materialized='incremental',
    unique_key='bot_conversation_id',
    meta={'scope': {'bot_conversation': 'bot_conversation_id'}}
) }}

with

conversations as (

    select * from {{ ref('int_bot_conversations') }}

),

final as (

    select
        ---------- ids
        bot_conversation_id,
        ticket_id,
        customer_id,
        visitor_id,

        ---------- strings
        channel,
        topic_code,

        ---------- numerics
        substantive_answer_count,
        first_answer_seconds,

        ---------- booleans
        customer_confirmed,
        is_involved,
        is_contained,
        is_resolved_confirmed,
        is_resolved_assumed,
        is_matured,

        ---------- dates
        first_bot_answer_date,
        ended_date,

        ---------- timestamps (UTC)
        started_at,
        ended_at,
        first_bot_answer_at,
        last_bot_answer_at,
        handoff_requested_at,
        handed_off_at

    from conversations

)

select * from final
