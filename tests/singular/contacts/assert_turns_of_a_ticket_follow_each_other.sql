-- A turn is answered before the next one starts, and only the last one may wait: an unanswered turn
-- swallows whatever the customer writes after it.
with

turns as (

    select
        ticket_id,
        turn_number,
        replied_at,
        last_customer_message_at,
        lead(turn_number) over (
            partition by ticket_id
            order by turn_number
        ) as next_turn_number,
        lead(turn_started_at) over (
            partition by ticket_id
            order by turn_number
        ) as next_turn_started_at

    from {{ ref('fct_reply_turns') }}

),

broken as (

    select *

    from turns

    where
        next_turn_number != turn_number + 1
        or next_turn_started_at < replied_at
        or replied_at < last_customer_message_at
        or (next_turn_number is not null and replied_at is null)

)

select * from broken
