-- Grain: one row per public human message, answered call leg and chat session with a human message.

{{ config(
    materialized='incremental',
    unique_key='touch_id',
    meta={
        'scope': {
            'ticket': 'ticket_id',
            'call': "case when touch_type = 'call' then substr(touch_id, 6) end",
            'chat': "case when touch_type = 'chat' then substr(touch_id, 6) end",
        },
        'links': {
            'date': ['touched_date'],
        },
    }
) }}

with

touches as (

    select * from {{ ref('int_touches') }}

),

final as (

    select
        ---------- ids
        touch_id,
        ticket_id,
        agent_id,
        team_id,

        ---------- strings
        touch_type,

        ---------- numerics
        handle_seconds,

        ---------- dates
        touched_date,

        ---------- timestamps (UTC)
        touched_at

    from touches

)

select * from final
