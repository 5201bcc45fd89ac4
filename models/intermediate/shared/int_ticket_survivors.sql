-- Grain: one row per ticket created by as_of.

with

tickets as (

    select * from {{ ref('int_tickets_delivered') }}

),

{{ chain_ends('tickets', 'ticket_id', 'merged_into_ticket_id') }},

judged as (

    select
        chain_ends.ticket_id,
        case
            -- the end of a circle is itself merged: nobody survives there, so each stays itself and
            -- no request is lost
            when ends.merged_into_ticket_id is not null then chain_ends.ticket_id
            -- NULL when the end was never delivered
            else ends.ticket_id
        end as survivor_ticket_id

    from chain_ends

    left join tickets as ends
        on chain_ends.end_id = ends.ticket_id

),

final as (

    select
        ---------- ids
        tickets.ticket_id,
        case
            when tickets.merged_into_ticket_id is null then tickets.ticket_id
            else judged.survivor_ticket_id
        end as survivor_ticket_id,

        ---------- booleans
        tickets.merged_into_ticket_id is not null
        and coalesce(judged.survivor_ticket_id != tickets.ticket_id, true) as is_merged

    from tickets

    left join judged
        on tickets.ticket_id = judged.ticket_id

)

select * from final
