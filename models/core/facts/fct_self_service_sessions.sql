-- Grain: one row per self-service session that started by as_of and is no crawler traffic.

{{ config(
    materialized='incremental',
    unique_key='session_id',
    meta={'scope': {'self_service_session': 'session_id'}}
) }}

with

sessions as (

    select * from {{ ref('int_self_service_sessions') }}

),

final as (

    select
        ---------- ids
        session_id,
        visitor_id,
        customer_id,
        user_id,

        ---------- strings
        channel,
        topic_code,

        ---------- booleans
        found_answer,
        is_followed_by_contact,
        is_successful,
        is_matured,

        ---------- dates
        ended_date,

        ---------- timestamps (UTC)
        started_at,
        ended_at

    from sessions

)

select * from final
