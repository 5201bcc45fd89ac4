with

source as (

    {{ raw_table('digital', 'self_service_sessions') }}

),

latest as (

    {{ latest_delivery('source', ['session_id']) }}

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
