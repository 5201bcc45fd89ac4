{{ config(
    unique_key='session_id',
    meta={'links': {
        'self_service_session': ['session_id'],
    }}
) }}

with

latest as (

    {{ latest_deliveries('digital', 'self_service_sessions') }}

),

renamed as (

    select
        ---------- ids
        session_id,
        visitor_id,
        customer_id,

        ---------- strings
        lower(tool) as tool,
        topic_code,
        search_query,
        _source_file as source_file,

        ---------- numerics
        page_views,

        ---------- booleans
        found_answer,
        is_bot_traffic,

        ---------- timestamps (UTC)
        started_at,
        ended_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
