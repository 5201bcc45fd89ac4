{{ config(
    unique_key=['response_id', 'question_code'],
    meta={'links': {
        'response': ['response_id'],
        'invitation': ['invitation_id'],
        'ticket': ['ticket_id'],
    }}
) }}

with

latest as (

    {{ latest_deliveries('surveys', 'survey_responses') }}

),

renamed as (

    select
        ---------- ids
        response_id,
        invitation_id,
        ticket_id,
        interaction_id,
        customer_id,
        employee_id,
        agent_id,

        ---------- strings
        survey_code,
        lower(audience) as audience,
        lower(interaction_type) as interaction_type,
        lower(collection_channel) as collection_channel,
        lower(question_code) as question_code,
        lower(answer_choice) as answer_choice,
        answer_text,
        _source_file as source_file,

        ---------- numerics
        scale_min,
        scale_max,
        score,

        ---------- booleans
        is_complete,
        is_test,

        ---------- timestamps (UTC)
        answered_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
