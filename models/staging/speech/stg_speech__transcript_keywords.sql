{{ config(
    unique_key=['transcript_id', 'keyword_code', 'speaker'],
    meta={'links': {
        'transcript': ['transcript_id'],
    }}
) }}

with

latest as (

    {{ latest_deliveries('speech', 'transcript_keywords') }}

),

renamed as (

    select
        ---------- ids
        transcript_id,
        keyword_code,

        ---------- strings
        lower(speaker) as speaker,
        _source_file as source_file,

        ---------- numerics
        occurrences,
        first_offset_seconds,

        ---------- timestamps (UTC)
        _loaded_at as loaded_at

    from latest

)

select * from renamed
