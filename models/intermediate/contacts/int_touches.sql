-- Grain: one row per public human message, answered call leg and chat session with a human message.
with

messages as (

    select * from {{ ref('int_ticket_messages') }}

    -- what is written on synchronous channels belongs to its call or chat
    where
        is_public_human
        and is_asynchronous

),

contacts as (

    select * from {{ ref('int_contacts') }}

    where
        is_handled
        and contact_type in ('call', 'chat')

),

tickets as (

    select * from {{ ref('stg_helpdesk__tickets') }}

),

agents as (

    select * from {{ ref('dim_agent') }}

),

teams as (

    select * from {{ ref('dim_team') }}

),

dated_messages as (

    select
        *,
        {{ local_date('sent_at') }} as touched_date

    from messages

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
        'message:' || dated_messages.message_id as touch_id,
        dated_messages.ticket_id,
        coalesce(agents.agent_id, 'unknown') as agent_id,
        coalesce(nullif(agents.team_id, 'unknown'), teams.team_id, 'unknown') as team_id,

        ---------- strings
        'message' as touch_type,

        ---------- numerics
        cast(dated_messages.handle_seconds as {{ type_double() }}) as handle_seconds,

        ---------- dates
        dated_messages.touched_date,

        ---------- timestamps (UTC)
        dated_messages.sent_at as touched_at

    from dated_messages

    inner join tickets
        on dated_messages.ticket_id = tickets.ticket_id

    left join teams
        on tickets.team_id = teams.team_id

    left join agents
        on
            dated_messages.author_id = agents.agent_id
            and dated_messages.touched_date >= agents.valid_from_date
            and dated_messages.touched_date < agents.valid_to_date

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
