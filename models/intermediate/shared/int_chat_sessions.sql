-- Grain: one row per chat session that started by as_of and is no test.
with

sessions as (

    select * from {{ ref('stg_helpdesk__chat_sessions') }}

    where
        started_at <= {{ as_of() }}
        and not coalesce(is_test, false)
        and {{ is_restated('chat', 'session_id') }}

),

survivors as (

    select * from {{ ref('int_ticket_survivors') }}

),

customers as (

    select * from {{ ref('int_customers_folded') }}

),

final as (

    select
        ---------- ids
        sessions.session_id,
        survivors.survivor_ticket_id as ticket_id,
        sessions.bot_conversation_id,
        coalesce(customers.surviving_customer_id, sessions.customer_id) as customer_id,
        sessions.queue_id,
        sessions.agent_id,

        ---------- strings
        sessions.channel,
        sessions.topic_code,
        sessions.disposition,
        coalesce(sessions.transfer_type, 'none') as transfer_type,
        sessions.transfer_target_type,

        ---------- numerics
        sessions.active_seconds,
        sessions.wrap_seconds,
        sessions.agent_message_count,
        sessions.customer_message_count,

        ---------- booleans
        sessions.selfcare_eligible,
        coalesce(sessions.selfcare_promoted, false) as selfcare_promoted,
        coalesce(sessions.selfcare_promised, false) as selfcare_promised,

        ---------- timestamps (UTC)
        sessions.started_at,
        sessions.queued_at,
        sessions.first_agent_message_at,
        sessions.ended_at

    from sessions

    -- a chat without a ticket, or with one that is not there, counts all the same (E35)
    left join survivors
        on sessions.ticket_id = survivors.ticket_id

    left join customers
        on sessions.customer_id = customers.customer_id

)

select * from final
