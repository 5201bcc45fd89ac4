-- Grain: one row per bot conversation that started by as_of and is no test.
{% set silence_seconds = var('bot_silence_hours') * 3600 %}

with

conversations as (

    select * from {{ ref('stg_digital__bot_conversations') }}

    where
        started_at <= {{ as_of() }}
        and not coalesce(is_test, false)
        and {{ is_restated('bot_conversation', 'bot_conversation_id') }}

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

contacts as (

    select * from {{ ref('int_inbound_contacts') }}

),

-- what is dated later did not happen yet (Q09)
happened as (

    select
        bot_conversation_id,
        ticket_id,
        customer_id,
        visitor_id,
        channel,
        topic_code,
        substantive_answer_count,
        customer_confirmed,
        started_at,
        case when ended_at <= {{ as_of() }} then ended_at end as ended_at,
        case
            when first_bot_answer_at <= {{ as_of() }} then first_bot_answer_at
        end as first_bot_answer_at,
        case
            when last_bot_answer_at <= {{ as_of() }} then last_bot_answer_at
        end as last_bot_answer_at,
        case
            when handoff_requested_at <= {{ as_of() }} then handoff_requested_at
        end as handoff_requested_at,
        case when handed_off_at <= {{ as_of() }} then handed_off_at end as handed_off_at

    from conversations

),

involved as (

    select
        *,
        -- a missing count is told by the instant of an answer
        coalesce(
            substantive_answer_count > 0,
            coalesce(first_bot_answer_at, last_bot_answer_at) is not null
        ) as is_involved

    from happened

),

answered as (

    select
        *,
        -- the first substantive answer is optional in the export; the last one stands in (Q25)
        case
            when is_involved then coalesce(first_bot_answer_at, last_bot_answer_at)
        end as bot_answer_at,
        case
            when is_involved then coalesce(last_bot_answer_at, first_bot_answer_at)
        end as last_answer_at

    from involved

),

located as (

    select
        answered.bot_conversation_id,
        survivors.survivor_ticket_id as ticket_id,
        coalesce(customers.surviving_customer_id, answered.customer_id) as customer_id,
        answered.visitor_id,
        coalesce(channels.channel, 'unknown') as channel,
        coalesce(topics.topic_code, 'unknown') as topic_code,
        answered.substantive_answer_count,
        answered.customer_confirmed,
        answered.is_involved,
        answered.started_at,
        answered.ended_at,
        answered.bot_answer_at,
        answered.last_answer_at,
        answered.handoff_requested_at,
        answered.handed_off_at,
        -- the silence begins with the last answer
        coalesce(answered.last_answer_at, answered.ended_at, answered.started_at) as silent_from_at

    from answered

    left join survivors
        on answered.ticket_id = survivors.ticket_id

    left join customers
        on answered.customer_id = customers.customer_id

    left join channels
        on answered.channel = channels.channel

    left join topics
        on answered.topic_code = topics.topic_code

),

{{ next_contacts('located', 'bot_conversation_id', 'silent_from_at', 'contacts') }},

silenced as (

    select
        located.*,
        {{ elapsed_seconds('located.silent_from_at', as_of()) }} >= {{ silence_seconds }}
            as is_matured,
        coalesce(
            {{ elapsed_seconds('located.silent_from_at', 'next_contacts.next_contact_at') }}
            <= {{ silence_seconds }},
            false
        ) as is_followed_by_contact

    from located

    left join next_contacts
        on located.bot_conversation_id = next_contacts.bot_conversation_id

),

final as (

    select
        ---------- ids
        bot_conversation_id,
        ticket_id,
        customer_id,
        visitor_id,

        ---------- strings
        channel,
        topic_code,

        ---------- numerics
        coalesce(substantive_answer_count, 0) as substantive_answer_count,
        {{ duration_seconds('started_at', 'bot_answer_at') }} as first_answer_seconds,

        ---------- booleans
        customer_confirmed,
        is_involved,
        is_involved and handed_off_at is null as is_contained,
        -- also when handed off (Q78)
        is_involved and coalesce(customer_confirmed, false) as is_resolved_confirmed,
        is_involved
        and customer_confirmed is null
        and handoff_requested_at is null
        and handed_off_at is null
        and is_matured
        and not is_followed_by_contact as is_resolved_assumed,
        is_matured,

        ---------- dates
        {{ local_date('bot_answer_at') }} as first_bot_answer_date,
        {{ local_date('coalesce(ended_at, last_answer_at, started_at)') }} as ended_date,

        ---------- timestamps (UTC)
        started_at,
        ended_at,
        bot_answer_at as first_bot_answer_at,
        last_answer_at as last_bot_answer_at,
        handoff_requested_at,
        handed_off_at

    from silenced

)

select * from final
