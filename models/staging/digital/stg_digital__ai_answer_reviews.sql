{{ config(unique_key='ai_review_id') }}

with

latest as (

    {{ latest_deliveries('digital', 'ai_answer_reviews') }}

),

renamed as (

    select
        ---------- ids
        ai_review_id,
        ai_answer_id,
        bot_conversation_id,
        ticket_id,
        reviewer_id,

        ---------- strings
        lower(assist_mode) as assist_mode,
        lower(verdict) as verdict,
        lower(sampling) as sampling,
        _source_file as source_file,

        ---------- booleans
        was_accepted_by_agent,

        ---------- timestamps (UTC)
        answered_at,
        reviewed_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
