{{ config(
    unique_key='message_id',
    meta={'links': {
        'ticket': ['ticket_id'],
        'message': ['message_id'],
    }}
) }}

with

latest as (

    {{ latest_deliveries('helpdesk', 'messages') }}

),

renamed as (

    select
        ---------- ids
        message_id,
        ticket_id,
        author_id,

        ---------- strings
        lower(author_type) as author_type,
        lower(visibility) as visibility,
        lower(channel) as channel,
        lower(message_purpose) as message_purpose,
        _source_file as source_file,

        ---------- numerics
        handle_seconds,

        ---------- booleans
        is_automated,
        is_ai_assisted,

        ---------- timestamps (UTC)
        sent_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
