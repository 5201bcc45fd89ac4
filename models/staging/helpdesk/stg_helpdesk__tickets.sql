{{ config(
    unique_key='ticket_id',
    meta={'links': {
        'ticket': ['ticket_id', 'merged_into_ticket_id', 'followup_of_ticket_id'],
    }}
) }}

with

latest as (

    {{ latest_deliveries('helpdesk', 'tickets') }}

),

renamed as (

    select
        ---------- ids
        ticket_id,
        customer_id,
        submitter_id,
        assignee_agent_id,
        queue_id,
        team_id,
        calendar_id,
        merged_into_ticket_id,
        followup_of_ticket_id,

        ---------- strings
        source_system,
        lower(channel) as channel,
        lower(direction) as direction,
        lower(ticket_type) as ticket_type,
        lower(priority) as priority,
        lower(status) as ticket_status,
        topic_code,
        product_code,
        resolution_code,
        lower(submitter_type) as submitter_type,
        brand,
        lower(language) as language,
        upper(country) as country,
        _source_file as source_file,

        ---------- booleans
        agent_fcr_flag,
        fcr_eligible,
        is_complaint,
        is_spam,
        is_test,
        is_internal,

        ---------- timestamps (UTC)
        created_at,
        updated_at,
        solved_at,
        closed_at,
        deleted_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
