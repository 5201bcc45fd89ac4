{{ config(
    unique_key='transcript_id',
    meta={'links': {
        'transcript': ['transcript_id'],
    }}
) }}

with

latest as (

    {{ latest_deliveries('speech', 'transcripts') }}

),

renamed as (

    select
        ---------- ids
        transcript_id,
        interaction_id,
        ticket_id,
        agent_id,

        ---------- strings
        lower(interaction_type) as interaction_type,
        lower(language) as language,
        analysis_version,
        transcript_text,
        _source_file as source_file,

        ---------- numerics
        word_count,
        script_items_expected,
        script_items_met,

        ---------- booleans
        is_analysed,

        ---------- timestamps (UTC)
        occurred_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
