-- Grain: one row per ticket.
-- What a ticket's history amounts to: resolved in one touch, at first contact, for good.
with

validity as (

    select * from {{ ref('int_ticket_validity') }}

),

solves as (

    select * from {{ ref('int_ticket_solves_summarised') }}

),

waits as (

    select * from {{ ref('int_ticket_waits') }}

),

activity as (

    select * from {{ ref('int_ticket_activity') }}

),

returns as (

    select * from {{ ref('int_ticket_returns') }}

),

gathered as (

    select
        validity.ticket_id,
        coalesce(waits.ticket_status in ('solved', 'closed'), false) as is_resolved,
        coalesce(waits.is_ever_paused, false) as is_ever_paused,
        coalesce(activity.agent_touch_count, 0) as agent_touch_count,
        coalesce(activity.handled_contact_count, 0) as handled_contact_count,
        coalesce(activity.transfer_count, 0) as transfer_count,
        coalesce(solves.reopen_count, 0) as reopen_count,
        coalesce(returns.has_returned, false) as has_returned,
        -- an anonymous customer cannot be seen coming back (E33)
        validity.is_valid
        and validity.customer_id is not null
        and solves.resolved_at is not null as is_fcr_observable,
        solves.resolved_at is not null as has_final_solve,
        {{ elapsed_seconds('solves.first_solved_at', as_of()) }} as since_first_solve_seconds,
        {{ elapsed_seconds('solves.first_solved_at', 'solves.first_reopened_at') }}
            as until_reopened_seconds

    from validity

    left join solves
        on validity.ticket_id = solves.ticket_id

    left join waits
        on validity.ticket_id = waits.ticket_id

    left join activity
        on validity.ticket_id = activity.ticket_id

    left join returns
        on validity.ticket_id = returns.ticket_id

),

judged as (

    select
        *,
        case
            when is_fcr_observable
                then
                    handled_contact_count <= 1
                    and transfer_count = 0
                    and reopen_count = 0
                    and not has_returned
        end as fcr_operational_so_far

    from gathered

),

final as (

    select
        ---------- ids
        ticket_id,

        ---------- booleans
        is_resolved,
        -- one touch, not none: what automation solved nobody touched
        has_final_solve
        and agent_touch_count = 1
        and reopen_count = 0
        and not is_ever_paused as is_one_touch,
        case
            when since_first_solve_seconds >= {{ var('fcr_repeat_window_days') }} * 86400
                then fcr_operational_so_far
        end as fcr_operational,
        fcr_operational_so_far,
        -- a ticket reopened and still open stays in the cohort (Q03)
        coalesce(
            until_reopened_seconds <= {{ var('reopen_window_days') }} * 86400, false
        ) as is_reopened_in_window,
        coalesce(
            since_first_solve_seconds >= {{ var('reopen_window_days') }} * 86400, false
        ) as is_reopen_matured

    from judged

)

select * from final
