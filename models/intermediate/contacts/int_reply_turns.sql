-- Grain: one row per ticket and customer turn on an asynchronous channel.
with

messages as (

    select * from {{ ref('int_ticket_messages') }}

    -- what opens a turn, closes it or is work on it
    where is_human or (is_customer and is_asynchronous)

),

tickets as (

    select * from {{ ref('int_tickets_conformed') }}

),

inbound_calls as (

    select * from {{ ref('int_call_legs') }}

    where
        ticket_id is not null
        and coalesce(direction, 'inbound') = 'inbound'

),

public_replies as (

    select * from {{ ref('int_public_replies') }}

),

-- The only sort over all messages: each knows how many customer messages and how many replies
-- there are up to it. Messages of one instant are ordered by message_id.
numbered as (

    select
        message_id,
        ticket_id,
        channel,
        handle_seconds,
        is_asynchronous,
        is_customer,
        is_human,
        is_public_human,
        sent_at,
        count({{ one_if('is_customer') }}) over (
            partition by ticket_id
            order by sent_at, message_id
            rows between unbounded preceding and current row
        ) as customer_message_number,
        count({{ one_if('is_public_human') }}) over (
            partition by ticket_id
            order by sent_at, message_id
            rows between unbounded preceding and current row
        ) as reply_number

    from messages

),

-- from one customer message up to the next: the replies before it tell its turn, and work that
-- follows belongs to that turn, notes after the reply included (Q60)
stretches as (

    select
        ticket_id,
        customer_message_number,
        min(reply_number) as replies_before,
        min(sent_at) as customer_sent_at,
        -- work on synchronous channels is in the call or chat (Q85)
        sum(case when is_human and is_asynchronous then handle_seconds end) as handle_seconds

    from numbered

    -- before the first customer message there is no turn
    where customer_message_number > 0

    group by
        ticket_id,
        customer_message_number

),

-- customer messages with the same replies before them are one turn
grouped as (

    select
        ticket_id,
        replies_before,
        min(customer_message_number) as first_message_number,
        min(customer_sent_at) as turn_started_at,
        max(customer_sent_at) as last_customer_message_at,
        count(*) as customer_message_count,
        sum(handle_seconds) as handle_seconds

    from stretches

    group by
        ticket_id,
        replies_before

),

opening_messages as (

    select
        ticket_id,
        customer_message_number,
        channel

    from numbered

    where is_customer

),

replies as (

    select
        ticket_id,
        reply_number,
        message_id,
        sent_at

    from numbered

    where is_public_human

),

answered as (

    select
        grouped.*,
        opening_messages.channel,
        replies.message_id as reply_message_id,
        replies.sent_at as replied_at,
        row_number() over (
            partition by grouped.ticket_id
            order by grouped.replies_before
        ) as turn_number

    from grouped

    inner join opening_messages
        on
            grouped.ticket_id = opening_messages.ticket_id
            and grouped.first_message_number = opening_messages.customer_message_number

    -- a closing thank-you has no next reply: the turn stays unanswered
    left join replies
        on
            grouped.ticket_id = replies.ticket_id
            and grouped.replies_before + 1 = replies.reply_number

),

-- any inbound call about the ticket while the customer waits for the reply (Q45)
turns_with_call as (

    select
        answered.ticket_id,
        answered.turn_number

    from answered

    inner join inbound_calls
        on
            answered.ticket_id = inbound_calls.ticket_id
            and answered.turn_started_at <= inbound_calls.started_at
            and (
                answered.replied_at is null
                or answered.replied_at > inbound_calls.started_at
            )

    group by
        answered.ticket_id,
        answered.turn_number

),

final as (

    select
        ---------- ids
        answered.ticket_id
        || '-'
        || cast(answered.turn_number as {{ dbt.type_string() }}) as turn_id,
        answered.ticket_id,
        tickets.queue_id,
        public_replies.agent_id,
        public_replies.team_id,
        answered.reply_message_id,

        ---------- strings
        answered.channel,

        ---------- numerics
        answered.turn_number,
        answered.customer_message_count,
        {{ duration_seconds('answered.turn_started_at', 'answered.replied_at') }}
            as response_calendar_seconds,
        {{ business_seconds(
            'start_clock', 'answered.turn_started_at', 'end_clock', 'answered.replied_at'
        ) }} as response_business_seconds,
        -- a turn never answered has none; its seconds are in effort and workload (Q85)
        case
            when answered.replied_at is not null
                then cast(answered.handle_seconds as {{ type_double() }})
        end as handle_seconds,

        ---------- booleans
        tickets.is_valid,
        tickets.is_inbound,
        answered.replied_at is not null as is_replied,
        turns_with_call.ticket_id is not null
        or {{ elapsed_seconds('answered.turn_started_at', 'answered.last_customer_message_at') }}
        >= {{ var('chaser_gap_seconds') }} as is_chased,

        ---------- dates
        {{ local_date('answered.turn_started_at') }} as turn_date,
        public_replies.sent_date as replied_date,

        ---------- timestamps (UTC)
        answered.turn_started_at,
        answered.last_customer_message_at,
        answered.replied_at

    from answered

    inner join tickets
        on answered.ticket_id = tickets.ticket_id

    left join public_replies
        on answered.reply_message_id = public_replies.message_id

    left join turns_with_call
        on
            answered.ticket_id = turns_with_call.ticket_id
            and answered.turn_number = turns_with_call.turn_number

    {{ business_clock_join('start_clock', 'tickets.calendar_id', 'answered.turn_started_at') }}

    {{ business_clock_join('end_clock', 'tickets.calendar_id', 'answered.replied_at') }}

)

select * from final
