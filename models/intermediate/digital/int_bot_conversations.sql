-- Grain: one row per bot conversation that started by as_of and is no test.
with

conversations as (

    select * from {{ ref('stg_digital__bot_conversations') }}

    where
        started_at <= {{ as_of() }}
        and not coalesce(is_test, false)

),

survivors as (

    select * from {{ ref('int_ticket_survivors') }}

),

customers as (

    select * from {{ ref('int_customers_folded') }}

),

topics as (

    select * from {{ ref('cfg_topics') }}

),

channels as (

    select * from {{ ref('cfg_channels') }}

),

answered as (

    select
        *,
        -- the first substantive answer is optional in the export; the last one stands in (Q25)
        case
            when coalesce(substantive_answer_count, 1) > 0
                then coalesce(first_bot_answer_at, last_bot_answer_at)
        end as bot_answer_at

    from conversations

),

final as (

    select
        ---------- ids
        answered.bot_conversation_id,
        survivors.survivor_ticket_id as ticket_id,
        coalesce(customers.surviving_customer_id, answered.customer_id) as customer_id,
        answered.visitor_id,

        ---------- strings
        coalesce(channels.channel, 'unknown') as channel,
        coalesce(topics.topic_code, 'unknown') as topic_code,

        ---------- numerics
        coalesce(answered.substantive_answer_count, 0) as substantive_answer_count,
        {{ duration_seconds('answered.started_at', 'answered.bot_answer_at') }}
            as first_answer_seconds,

        ---------- booleans
        answered.customer_confirmed,

        ---------- dates
        {{ local_date('answered.bot_answer_at') }} as first_bot_answer_date,

        ---------- timestamps (UTC)
        answered.started_at,
        answered.ended_at,
        answered.bot_answer_at as first_bot_answer_at,
        answered.handoff_requested_at,
        answered.handed_off_at

    from answered

    left join survivors
        on answered.ticket_id = survivors.ticket_id

    left join customers
        on answered.customer_id = customers.customer_id

    left join channels
        on answered.channel = channels.channel

    left join topics
        on answered.topic_code = topics.topic_code

)

select * from final
