-- Grain: one row per ticket created by as_of.

with

tickets as (

    select * from {{ ref('stg_helpdesk__tickets') }}

    where created_at <= {{ as_of() }}

),

{{ chain_ends('tickets', 'ticket_id', 'merged_into_ticket_id') }},

survivors as (

    select
        chain_ends.ticket_id,
        targets.ticket_id as survivor_ticket_id

    from chain_ends

    -- a target that is itself merged is a circle, one that is not there a loss: no survivor
    left join tickets as targets
        on
            chain_ends.end_id = targets.ticket_id
            and targets.merged_into_ticket_id is null

),

final as (

    select
        ---------- ids
        tickets.ticket_id,
        case
            when tickets.merged_into_ticket_id is null then tickets.ticket_id
            else survivors.survivor_ticket_id
        end as survivor_ticket_id,

        ---------- booleans
        tickets.merged_into_ticket_id is not null as is_merged

    from tickets

    left join survivors
        on tickets.ticket_id = survivors.ticket_id

)

select * from final
