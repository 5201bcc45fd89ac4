{{ config(
    unique_key='session_id',
    meta={'links': {
        'chat': ['session_id'],
        'ticket': ['ticket_id'],
    }}
) }}

with

latest as (

    {{ latest_deliveries('helpdesk', 'chat_sessions') }}

),

renamed as (

    select
        ---------- ids
        session_id,
        ticket_id,
        bot_conversation_id,
        customer_id,
        queue_id,
        agent_id,

        ---------- strings
        lower(channel) as channel,
        topic_code,
        lower(disposition) as disposition,
        lower(transfer_type) as transfer_type,
        lower(transfer_target_type) as transfer_target_type,
        _source_file as source_file,

        ---------- numerics
        active_seconds,
        wrap_seconds,
        agent_message_count,
        customer_message_count,

        ---------- booleans
        selfcare_eligible,
        selfcare_promoted,
        selfcare_promised,
        is_test,

        ---------- timestamps (UTC)
        started_at,
        queued_at,
        first_agent_message_at,
        ended_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
