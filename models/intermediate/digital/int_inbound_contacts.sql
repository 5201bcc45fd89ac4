-- Grain: one row per inbound contact of a known customer: a valid ticket, a call or a chat.
-- What shows that self-service or a bot did not help (Q74, Q78). A call and its ticket are two rows
-- here: this is for asking when, not how often.
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

    where
        contact_type in ('call', 'chat')
        and is_contact
        and customer_id is not null

),

final as (

    select
        ---------- ids
        'ticket:' || ticket_id as inbound_contact_id,
        customer_id,

        ---------- strings
        topic_code,

        ---------- timestamps (UTC)
        created_at as contact_at

    from tickets

    union all

    select
        contact_id as inbound_contact_id,
        customer_id,
        topic_code,
        contact_at

    from contacts

)

select * from final
