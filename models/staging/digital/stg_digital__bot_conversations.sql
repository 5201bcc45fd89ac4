{{ config(
    unique_key='bot_conversation_id',
    meta={'links': {
        'bot_conversation': ['bot_conversation_id'],
        'ticket': ['ticket_id'],
    }}
) }}

with

latest as (

    {{ latest_deliveries('digital', 'bot_conversations') }}

),

renamed as (

    select
        ---------- ids
        bot_conversation_id,
        customer_id,
        visitor_id,
        ticket_id,

        ---------- strings
        lower(channel) as channel,
        topic_code,
        _source_file as source_file,

        ---------- numerics
        substantive_answer_count,

        ---------- booleans
        customer_confirmed,
        is_test,

        ---------- timestamps (UTC)
        started_at,
        ended_at,
        first_bot_answer_at,
        last_bot_answer_at,
        handoff_requested_at,
        handed_off_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
