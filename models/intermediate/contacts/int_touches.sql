-- Grain: one row per public human message, answered call leg and chat session with a human message.
with

replies as (

    select * from {{ ref('int_public_replies') }}

    -- what is written on synchronous channels belongs to its call or chat
    where is_asynchronous

),

contacts as (

    select * from {{ ref('int_contacts') }}

    where
        is_handled
        and contact_type in ('call', 'chat')

),

dated_contacts as (

    select
        *,
        coalesce(answered_at, started_at) as touched_at

    from contacts

),

final as (

    select
        ---------- ids
        'message:' || message_id as touch_id,
        ticket_id,
        agent_id,
        team_id,

        ---------- strings
        'message' as touch_type,

        ---------- numerics
        cast(handle_seconds as {{ type_double() }}) as handle_seconds,

        ---------- dates
        sent_date as touched_date,

        ---------- timestamps (UTC)
        sent_at as touched_at

    from replies

    union all

    select
        contact_id as touch_id,
        ticket_id,
        agent_id,
        team_id,
        contact_type as touch_type,
        handle_seconds,
        {{ local_date('touched_at') }} as touched_date,
        touched_at

    from dated_contacts

)

select * from final
