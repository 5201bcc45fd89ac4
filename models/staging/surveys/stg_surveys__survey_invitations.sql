{{ config(
    unique_key='invitation_id',
    meta={'links': {
        'invitation': ['invitation_id'],
        'ticket': ['ticket_id'],
    }}
) }}

with

latest as (

    {{ latest_deliveries('surveys', 'survey_invitations') }}

),

renamed as (

    select
        ---------- ids
        invitation_id,
        ticket_id,
        interaction_id,
        customer_id,
        employee_id,
        agent_id,

        ---------- strings
        survey_code,
        lower(audience) as audience,
        lower(touchpoint) as touchpoint,
        lower(interaction_type) as interaction_type,
        lower(collection_channel) as collection_channel,
        lower(delivery_status) as delivery_status,
        _source_file as source_file,

        ---------- timestamps (UTC)
        sent_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
