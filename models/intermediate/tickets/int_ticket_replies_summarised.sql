-- Grain: one row per ticket that a human or a bot answered.
-- An answer up to clock_skew_seconds before the contact it answers counts at once; an earlier one
-- is skipped and the next one taken (Q01).

with

tickets as (

    select * from {{ ref('int_ticket_validity') }}

),

messages as (

    select * from {{ ref('int_ticket_messages') }}

    where is_public_human or is_bot_answer

),

live_contacts as (

    select * from {{ ref('int_contacts') }}

    where
        contact_type in ('call', 'chat')
        and is_handled
        and ticket_id is not null
        and answered_at <= {{ as_of() }}

),

conversations as (

    select * from {{ ref('int_bot_conversations') }}

    where
        ticket_id is not null
        and first_bot_answer_at <= {{ as_of() }}

),

solves as (

    select * from {{ ref('int_ticket_solves') }}

    where is_final

),

answers as (

    select
        ticket_id,
        message_id as answer_id,
        author_id as agent_id,
        is_public_human as is_human,
        is_public_human as is_reply,
        false as is_call,
        cast(null as timestamp) as conversation_started_at,
        sent_at as answered_at

    from messages

    union all

    select
        ticket_id,
        contact_id as answer_id,
        agent_id,
        true as is_human,
        -- calling the customer is no answer to a request by phone, calling back is (Q24); the first
        -- agent message of a chat is a public message, whether or not it is delivered as one
        direction in ('inbound', 'callback') as is_reply,
        contact_type = 'call' as is_call,
        cast(null as timestamp) as conversation_started_at,
        answered_at

    from live_contacts

    union all

    select
        ticket_id,
        bot_conversation_id as answer_id,
        cast(null as varchar) as agent_id,
        false as is_human,
        false as is_reply,
        false as is_call,
        started_at as conversation_started_at,
        first_bot_answer_at as answered_at

    from conversations

),

-- what the answer answers: the request, or the bot conversation that led to it (Q90)
waited as (

    select
        answers.*,
        case
            when answers.conversation_started_at < tickets.first_contact_at
                then answers.conversation_started_at
            else tickets.first_contact_at
        end as asked_at,
        solves.solved_at as resolved_at,
        -- no request was waiting on a ticket that an agent opened (E04)
        case
            when not tickets.is_inbound then 'other'
            when not answers.is_human then 'bot'
            when not answers.is_reply then 'other'
            when answers.is_call and tickets.channel != 'phone' then 'other'
            else 'human'
        end as answer_kind

    from answers

    inner join tickets
        on answers.ticket_id = tickets.ticket_id

    left join solves
        on answers.ticket_id = solves.ticket_id

),

timed as (

    select
        ticket_id,
        answer_id,
        agent_id,
        answer_kind,
        is_human,
        {{ duration_seconds('asked_at', 'answered_at') }} as answer_seconds,
        case when answered_at < asked_at then asked_at else answered_at end as answered_at,
        -- a ticket that is not solved counts up to as_of (Q43)
        coalesce(answered_at <= resolved_at, true) as is_until_resolved

    from waited

),

ranked as (

    select
        *,
        -- total order: answer_id, unique per kind but for a call and a message of one id
        row_number() over (
            partition by ticket_id, answer_kind
            order by answered_at, answer_id, agent_id
        ) as answer_rank

    from timed

    where answer_seconds is not null

),

summarised as (

    select
        ticket_id,
        max(case when answer_kind = 'human' and answer_rank = 1 then agent_id end)
            as first_reply_agent_id,
        max(case when answer_kind = 'human' and answer_rank = 1 then answer_seconds end)
            as reply_seconds,
        max(case when answer_kind = 'bot' and answer_rank = 1 then answer_seconds end)
            as bot_answer_seconds,
        max(case when answer_kind = 'human' and answer_rank = 1 then answered_at end)
            as first_reply_at,
        max(case when answer_kind = 'bot' and answer_rank = 1 then answered_at end)
            as first_bot_answer_at,
        max(case when is_human and is_until_resolved then answered_at end) as last_reply_at

    from ranked

    group by ticket_id

),

compared as (

    select
        *,
        -- the smaller wait wins, not the earlier instant (Q90)
        coalesce(bot_answer_seconds < reply_seconds, reply_seconds is null) as is_bot_first

    from summarised

),

final as (

    select
        ---------- ids
        ticket_id,
        first_reply_agent_id,

        ---------- numerics
        case when is_bot_first then bot_answer_seconds else reply_seconds end
            as frt_incl_bot_seconds,

        ---------- timestamps (UTC)
        first_reply_at,
        first_bot_answer_at,
        case when is_bot_first then first_bot_answer_at else first_reply_at end
            as first_answered_at,
        last_reply_at

    from compared

)

select * from final
