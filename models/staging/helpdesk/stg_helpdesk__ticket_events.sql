{{ config(
    unique_key='event_id',
    meta={'links': {
        'ticket': ['ticket_id'],
    }}
) }}

with

latest as (

    {{ latest_deliveries('helpdesk', 'ticket_events') }}

),

renamed as (

    select
        ---------- ids
        event_id,
        ticket_id,
        actor_id,

        ---------- strings
        lower(event_type) as event_type,
        lower(field_name) as field_name,
        case when lower(field_name) = 'status' then lower(old_value) else old_value end
            as old_value,
        case when lower(field_name) = 'status' then lower(new_value) else new_value end
            as new_value,
        lower(actor_type) as actor_type,
        _source_file as source_file,

        ---------- timestamps (UTC)
        event_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
