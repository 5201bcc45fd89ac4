-- Grain: one row per ticket.
-- What its status intervals say: how long the customer waited for us until the final solve, in
-- which status it was on the way, and in which it is now.

with

intervals as (

    select * from {{ ref('int_ticket_status_intervals') }}

),

solves as (

    select * from {{ ref('int_ticket_solves_summarised') }}

),

flagged as (

    select
        intervals.*,
        -- a solve ends an interval: no interval lies across it
        solves.resolved_at,
        coalesce(intervals.started_at < solves.resolved_at, solves.resolved_at is null)
            as is_until_resolved,
        -- waiting for the customer is not the customer's waiting (Q30)
        intervals.ticket_status in ('new', 'open', 'hold') as is_requester_waiting

    from intervals

    left join solves
        on intervals.ticket_id = solves.ticket_id

),

measured as (

    select
        *,
        case when is_until_resolved and is_requester_waiting then calendar_seconds else 0 end
            as waited_seconds,
        case when is_until_resolved and is_requester_waiting then business_seconds else 0 end
            as waited_business_seconds

    from flagged

),

final as (

    select
        ---------- ids
        ticket_id,

        ---------- strings
        max(case when is_open then ticket_status end) as ticket_status,

        ---------- numerics
        -- NULL until the final solve: how long it will be nobody knows
        case
            when max(resolved_at) is not null then {{ exact_sum('waited_seconds') }}
        end as requester_wait_seconds,
        -- NULL without a calendar, a true 0 without opening hours on the way (E09)
        case
            when max(resolved_at) is not null and count(business_seconds) > 0
                then {{ exact_sum('waited_business_seconds') }}
        end as requester_wait_business_seconds,

        ---------- booleans
        max(
            case when is_until_resolved and ticket_status in ('pending', 'hold') then 1 else 0 end
        ) = 1 as is_ever_paused

    from measured

    group by ticket_id

)

select * from final
