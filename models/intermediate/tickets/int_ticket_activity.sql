-- Grain: one row per ticket with a contact, a touch or measured work.
-- Everything up to the final solve; what comes later counts for nothing on the ticket. A ticket
-- that is not solved counts up to as_of (Q43, Q84).

with

solves as (

    select * from {{ ref('int_ticket_solves_summarised') }}

    where resolved_at is not null

),

messages as (

    select * from {{ ref('int_ticket_messages') }}

    where is_human or is_customer

),

touches as (

    select * from {{ ref('int_touches') }}

    where ticket_id is not null

),

contacts as (

    select * from {{ ref('int_contacts') }}

    where
        ticket_id is not null
        or (is_contact and contact_type = 'call')

),

-- The tickets of a customer call: those of any of its legs.
call_tickets as (

    select
        initial_contact_id,
        ticket_id

    from contacts

    where
        contact_type = 'call'
        and ticket_id is not null

    group by
        initial_contact_id,
        ticket_id

),

-- A customer message tells whether an agent's next one was asked for. Total order: message_id.
ordered_messages as (

    select
        ticket_id,
        message_id,
        sent_at,
        is_public_human,
        lag(is_public_human) over (
            partition by ticket_id
            order by sent_at, message_id
        ) as follows_agent_message

    from messages

    where is_public_human or is_customer

),

happenings as (

    select
        ticket_id,
        coalesce(agent_id, 'unknown') as touching_agent_id,
        1 as touches,
        0 as inbound_contacts,
        0 as handled_contacts,
        0 as transfers,
        0 as proactive_followups,
        cast(null as {{ type_double() }}) as handle_seconds,
        touched_at as happened_at

    from touches

    union all

    select
        ticket_id,
        null as touching_agent_id,
        0 as touches,
        0 as inbound_contacts,
        0 as handled_contacts,
        0 as transfers,
        1 as proactive_followups,
        null as handle_seconds,
        sent_at as happened_at

    from ordered_messages

    where
        is_public_human
        and follows_agent_message

    union all

    -- work on synchronous channels is in the call or chat, but for notes (Q85)
    select
        ticket_id,
        null as touching_agent_id,
        0 as touches,
        0 as inbound_contacts,
        0 as handled_contacts,
        0 as transfers,
        0 as proactive_followups,
        handle_seconds,
        sent_at as happened_at

    from messages

    where
        is_human
        and handle_seconds is not null
        and (is_asynchronous or not is_public_human)

    union all

    -- work on turns is in their messages
    select
        ticket_id,
        null as touching_agent_id,
        0 as touches,
        0 as inbound_contacts,
        1 as handled_contacts,
        case when is_transferred then 1 else 0 end as transfers,
        0 as proactive_followups,
        case when contact_type != 'turn' then handle_seconds end as handle_seconds,
        coalesce(answered_at, started_at) as happened_at

    from contacts

    where
        ticket_id is not null
        and is_handled

    union all

    select
        ticket_id,
        null as touching_agent_id,
        0 as touches,
        1 as inbound_contacts,
        0 as handled_contacts,
        0 as transfers,
        0 as proactive_followups,
        null as handle_seconds,
        contact_at as happened_at

    from contacts

    where
        is_contact
        and contact_type != 'call'

    union all

    select
        call_tickets.ticket_id,
        null as touching_agent_id,
        0 as touches,
        1 as inbound_contacts,
        0 as handled_contacts,
        0 as transfers,
        0 as proactive_followups,
        null as handle_seconds,
        contacts.contact_at as happened_at

    from contacts

    inner join call_tickets
        on contacts.initial_contact_id = call_tickets.initial_contact_id

    where
        contacts.is_contact
        and contacts.contact_type = 'call'

),

counted as (

    select happenings.*

    from happenings

    left join solves
        on happenings.ticket_id = solves.ticket_id

    where happenings.happened_at <= coalesce(solves.resolved_at, {{ as_of() }})

),

-- distinct agents by grouping twice, which is linear
by_agent as (

    select
        ticket_id,
        touching_agent_id,
        sum(touches) as touches,
        sum(inbound_contacts) as inbound_contacts,
        sum(handled_contacts) as handled_contacts,
        sum(transfers) as transfers,
        sum(proactive_followups) as proactive_followups,
        {{ exact_sum('handle_seconds') }} as handle_seconds

    from counted

    group by
        ticket_id,
        touching_agent_id

),

summarised as (

    select
        ticket_id,
        sum(touches) as touches,
        count(touching_agent_id) as distinct_agent_count,
        sum(inbound_contacts) as inbound_contacts,
        sum(handled_contacts) as handled_contacts,
        sum(transfers) as transfers,
        sum(proactive_followups) as proactive_followups,
        {{ exact_sum('handle_seconds') }} as ticket_handle_seconds

    from by_agent

    group by ticket_id

),

final as (

    select
        ---------- ids
        ticket_id,

        ---------- numerics
        cast(touches as bigint) as agent_touch_count,
        distinct_agent_count,
        cast(inbound_contacts as bigint) as inbound_contact_count,
        cast(handled_contacts as bigint) as handled_contact_count,
        cast(transfers as bigint) as transfer_count,
        ticket_handle_seconds,

        ---------- booleans
        proactive_followups > 0 as has_proactive_followup

    from summarised

)

select * from final
