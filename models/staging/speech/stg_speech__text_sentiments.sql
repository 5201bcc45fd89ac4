{{ config(
    unique_key=['source_type', 'source_id', 'model_version'],
    meta={'links': {
        'message': ["case when source_type = 'message' then source_id end"],
    }}
) }}

with

latest as (

    {{ latest_deliveries('speech', 'text_sentiments') }}

),

renamed as (

    select
        ---------- ids
        source_id,

        ---------- strings
        lower(source_type) as source_type,
        model_version,
        lower(label) as sentiment_label,
        _source_file as source_file,

        ---------- numerics
        score,

        ---------- timestamps (UTC)
        scored_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
