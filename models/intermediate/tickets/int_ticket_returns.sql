-- Grain: one row per ticket of a known customer and topic that was ever solved.
-- When the customer came back on the same topic after the first solve (Q42). Demands and solves of
-- a customer and topic stand in one time line, so that the next demand is a window and not a join.

with

demands as (

    select * from {{ ref('int_customer_contacts') }}

    where topic_code != 'unknown'

),

solves as (

    select * from {{ ref('int_ticket_solves_summarised') }}

),

tickets as (

    select * from {{ ref('int_tickets_conformed') }}

    where
        is_valid
        and customer_id is not null
        and topic_code != 'unknown'

),

time_line as (

    select
        customer_id,
        topic_code,
        demand_id as entry_id,
        cast(null as varchar) as solved_ticket_id,
        -- a demand at the instant of the solve is not after it
        1 as entry_rank,
        demanded_at,
        demanded_at as happened_at

    from demands

    union all

    select
        tickets.customer_id,
        tickets.topic_code,
        solves.ticket_id as entry_id,
        solves.ticket_id as solved_ticket_id,
        2 as entry_rank,
        null as demanded_at,
        solves.first_solved_at as happened_at

    from solves

    inner join tickets
        on solves.ticket_id = tickets.ticket_id

),

sequenced as (

    select
        *,
        -- total order: demands before solves, then their keys. The ticket's own demand is never
        -- after its own solve.
        min(demanded_at) over (
            partition by customer_id, topic_code
            order by happened_at, entry_rank, entry_id
            rows between 1 following and unbounded following
        ) as next_demanded_at

    from time_line

),

final as (

    select
        ---------- ids
        solved_ticket_id as ticket_id,

        ---------- booleans
        coalesce(
            {{ elapsed_seconds('happened_at', 'next_demanded_at') }}
            <= {{ var('fcr_repeat_window_days') }} * 86400,
            false
        ) as has_returned,

        ---------- timestamps (UTC)
        next_demanded_at

    from sequenced

    where solved_ticket_id is not null

)

select * from final
