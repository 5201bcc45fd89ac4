-- Grain: one row per handled call leg or chat in which a known customer promised to use self-care.
{% set window_seconds = var('selfcare_adoption_days') * 86400 -%}

with

promises as (

    select
        *,
        -- whoever goes there during the after-call work has gone
        coalesce(ended_at, handle_ended_at) as promised_at

    from {{ ref('fct_contacts') }}

    where
        is_handled
        and selfcare_promised
        and customer_id is not null
        and handled_date is not null

),

sessions as (

    select * from {{ ref('fct_self_service_sessions') }}

    where customer_id is not null

),

contacts as (

    select * from {{ ref('fct_contacts') }}

    where
        contact_type in ('call', 'chat')
        and is_contact
        and customer_id is not null

),

tickets as (

    select * from {{ ref('fct_tickets') }}

    where
        is_valid
        and is_inbound
        and customer_id is not null

),

promising_customers as (

    select distinct customer_id

    from promises

),

-- the first call or chat of a ticket: when it came before, the ticket was opened for it
first_contacts as (

    select
        ticket_id,
        min(contact_at) as first_contact_at

    from contacts

    where ticket_id is not null

    group by ticket_id

),

happenings as (

    select
        contact_id,
        customer_id,
        promised_at as happened_at,
        cast(null as timestamp) as session_at,
        cast(null as timestamp) as asked_at

    from promises

    union all

    select
        null as contact_id,
        sessions.customer_id,
        sessions.started_at as happened_at,
        sessions.started_at as session_at,
        null as asked_at

    from sessions

    inner join promising_customers
        on sessions.customer_id = promising_customers.customer_id

    union all

    select
        null as contact_id,
        contacts.customer_id,
        contacts.contact_at as happened_at,
        null as session_at,
        contacts.contact_at as asked_at

    from contacts

    inner join promising_customers
        on contacts.customer_id = promising_customers.customer_id

    union all

    select
        null as contact_id,
        tickets.customer_id,
        tickets.created_at as happened_at,
        null as session_at,
        tickets.created_at as asked_at

    from tickets

    inner join promising_customers
        on tickets.customer_id = promising_customers.customer_id

    left join first_contacts
        on tickets.ticket_id = first_contacts.ticket_id

    where coalesce(first_contacts.first_contact_at > tickets.created_at, true)

),

-- backwards in one pass: what comes first after each promise; at its own instant comes before
followed as (

    select
        contact_id,
        min(session_at) over later_ones as next_session_at,
        min(asked_at) over later_ones as next_asked_at

    from happenings

    window
        later_ones as (
            partition by customer_id
            order by
                happened_at desc,
                case when contact_id is null then 1 else 0 end asc,
                contact_id asc
            rows between unbounded preceding and current row
        )

),

judged as (

    select
        promises.*,
        followed.next_session_at,
        followed.next_asked_at,
        {{ elapsed_seconds('promises.promised_at', as_of()) }} >= {{ window_seconds }}
            as is_matured,
        coalesce(
            {{ elapsed_seconds('promises.promised_at', 'followed.next_session_at') }}
            <= {{ window_seconds }},
            false
        )
        -- a new contact before it: self-care was not the way (Q77)
        and coalesce(followed.next_session_at <= followed.next_asked_at, true) as is_adopted

    from promises

    inner join followed
        on promises.contact_id = followed.contact_id

),

final as (

    select
        ---------- ids
        contact_id,
        customer_id,
        agent_id,
        team_id,

        ---------- strings
        channel,
        topic_code,

        ---------- booleans
        is_matured,
        is_adopted,

        ---------- dates
        handled_date,

        ---------- timestamps (UTC)
        promised_at,
        next_session_at,
        next_asked_at

    from judged

)

select * from final
