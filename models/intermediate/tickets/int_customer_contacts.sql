-- Grain: one row per demand of a known customer: an inbound ticket, or a customer call or chat
-- without a ticket.
-- A call or chat linked to a ticket is the ticket's and no demand of its own (Q40). What the
-- customer asked before is the row before in a window, never a join of a customer to itself.

with

tickets as (

    select * from {{ ref('int_tickets_conformed') }}

    where
        is_valid
        and is_inbound
        and customer_id is not null

),

contacts as (

    select * from {{ ref('int_contacts') }}

    where contact_type in ('call', 'chat')

),

-- customer calls of which at least one leg belongs to a ticket
linked_contacts as (

    select initial_contact_id

    from contacts

    where ticket_id is not null

    group by initial_contact_id

),

demands as (

    select
        'ticket:' || ticket_id as demand_id,
        ticket_id,
        customer_id,
        queue_id,
        team_id,
        'ticket' as demand_type,
        channel,
        topic_code,
        created_at as demanded_at

    from tickets

    union all

    select
        contacts.contact_id as demand_id,
        null as ticket_id,
        contacts.customer_id,
        contacts.queue_id,
        contacts.team_id,
        contacts.contact_type as demand_type,
        contacts.channel,
        contacts.topic_code,
        contacts.started_at as demanded_at

    from contacts

    left join linked_contacts
        on contacts.initial_contact_id = linked_contacts.initial_contact_id

    where
        contacts.is_contact
        and contacts.customer_id is not null
        and linked_contacts.initial_contact_id is null

),

sequenced as (

    select
        *,
        -- total order: demand_id is the key
        lag(demanded_at) over (
            partition by customer_id, topic_code
            order by demanded_at, demand_id
        ) as previous_demanded_at

    from demands

),

final as (

    select
        ---------- ids
        demand_id,
        ticket_id,
        customer_id,
        queue_id,
        team_id,

        ---------- strings
        demand_type,
        channel,
        topic_code,

        ---------- booleans
        -- an unknown topic matches nothing, not even itself (Q41); days are elapsed seconds (Q49)
        topic_code != 'unknown'
        and coalesce(
            {{ elapsed_seconds('previous_demanded_at', 'demanded_at') }}
            <= {{ var('fcr_repeat_window_days') }} * 86400,
            false
        ) as is_repeat_contact,

        ---------- dates
        {{ local_date('demanded_at') }} as demanded_date,

        ---------- timestamps (UTC)
        demanded_at

    from sequenced

)

select * from final
