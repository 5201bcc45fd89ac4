-- Every request of a known customer is one demand, no other ticket is any, and both say the same.
with

tickets as (

    select * from {{ ref('fct_tickets') }}

    where
        is_valid
        and is_inbound
        and customer_id is not null

),

demands as (

    select * from {{ ref('fct_customer_contacts') }}

    where demand_type = 'ticket'

),

mismatches as (

    select
        tickets.ticket_id,
        demands.demand_id

    from tickets

    full outer join demands
        on tickets.ticket_id = demands.ticket_id

    where
        tickets.ticket_id is null
        or demands.ticket_id is null
        or tickets.is_repeat_contact != demands.is_repeat_contact
        or tickets.customer_id != demands.customer_id
        or tickets.topic_code != demands.topic_code

)

select * from mismatches
