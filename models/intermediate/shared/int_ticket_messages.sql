-- Grain: one row per message or note on a known ticket, sent by as_of.
with

messages as (

    select * from {{ ref('stg_helpdesk__messages') }}

    where
        sent_at <= {{ as_of() }}
        and {{ is_restated('ticket', 'ticket_id') }}

),

survivors as (

    select * from {{ ref('int_ticket_survivors') }}

),

tickets as (

    select * from {{ ref('int_tickets_delivered') }}

    where {{ is_restated('ticket', 'ticket_id') }}

),

channels as (

    select * from {{ ref('cfg_channels') }}

),

placed as (

    select
        messages.*,
        survivors.survivor_ticket_id,
        coalesce(messages.channel, tickets.channel, 'unknown') as message_channel,
        messages.author_type = 'agent'
        and not coalesce(messages.is_automated, false) as is_human,
        coalesce(messages.visibility, 'public') != 'internal' as is_public

    from messages

    -- a message of a ticket that is not there, or that was merged into nothing, has no ticket
    inner join survivors
        on messages.ticket_id = survivors.ticket_id

    inner join tickets
        on survivors.survivor_ticket_id = tickets.ticket_id

),

final as (

    select
        ---------- ids
        placed.message_id,
        placed.survivor_ticket_id as ticket_id,
        placed.ticket_id as delivered_ticket_id,
        placed.author_id,

        ---------- strings
        placed.author_type,
        placed.message_channel as channel,
        placed.message_purpose,

        ---------- numerics
        case when placed.handle_seconds >= 0 then placed.handle_seconds end as handle_seconds,

        ---------- booleans
        -- a channel nobody knows is asynchronous (Q11)
        not coalesce(channels.is_synchronous, false) as is_asynchronous,
        coalesce(placed.is_human, false) as is_human,
        coalesce(placed.is_human and placed.is_public, false) as is_public_human,
        coalesce(
            placed.author_type = 'customer' and not coalesce(placed.is_automated, false), false
        ) as is_customer,
        -- greetings and acknowledgements are no answers
        coalesce(
            placed.author_type = 'bot'
            and placed.is_public
            and coalesce(placed.message_purpose, 'reply') != 'acknowledgement',
            false
        ) as is_bot_answer,

        ---------- timestamps (UTC)
        placed.sent_at

    from placed

    left join channels
        on placed.message_channel = channels.channel

)

select * from final
