-- Grain: one row per self-service session that started by as_of and is no crawler traffic.
{% set followup_seconds = var('selfcare_followup_hours') * 3600 %}

with

delivered as (

    select
        *,
        -- an end before the start, or one that did not happen yet (Q09), is none
        case
            when ended_at > started_at and ended_at <= {{ as_of() }} then ended_at
            else started_at
        end as session_ended_at

    from {{ ref('stg_digital__self_service_sessions') }}

    where
        started_at <= {{ as_of() }}
        and not coalesce(is_bot_traffic, false)
        and {{ is_restated('self_service_session', 'session_id') }}

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

sessions as (

    select
        delivered.session_id,
        delivered.visitor_id,
        coalesce(customers.surviving_customer_id, delivered.customer_id) as customer_id,
        coalesce(channels.channel, 'unknown') as channel,
        coalesce(topics.topic_code, 'unknown') as topic_code,
        delivered.found_answer,
        delivered.started_at,
        delivered.session_ended_at as ended_at

    from delivered

    left join customers
        on delivered.customer_id = customers.customer_id

    left join channels
        on delivered.tool = channels.channel

    left join topics
        on delivered.topic_code = topics.topic_code

),

{{ next_contacts('sessions', 'session_id', 'started_at', 'contacts') }},

judged as (

    select
        sessions.*,
        coalesce(
            {{ elapsed_seconds('sessions.ended_at', 'next_contacts.next_contact_at') }}
            <= {{ followup_seconds }},
            false
        ) as is_followed_by_contact

    from sessions

    left join next_contacts
        on sessions.session_id = next_contacts.session_id

),

final as (

    select
        ---------- ids
        session_id,
        visitor_id,
        customer_id,
        coalesce(customer_id, visitor_id) as user_id,

        ---------- strings
        channel,
        topic_code,

        ---------- booleans
        found_answer,
        is_followed_by_contact,
        coalesce(found_answer, false) and not is_followed_by_contact as is_successful,
        {{ elapsed_seconds('ended_at', as_of()) }} >= {{ followup_seconds }} as is_matured,

        ---------- dates
        {{ local_date('ended_at') }} as ended_date,

        ---------- timestamps (UTC)
        started_at,
        ended_at

    from judged

)

select * from final
