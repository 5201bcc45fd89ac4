-- Grain: one row per ticket.
-- Every duration of a ticket from its first contact, on both clocks. The calendar is the one frozen
-- at creation for all of them (G3); without a calendar the business clock is NULL, never 0 (Q06).

-- the KPI carries its limit in its name
{% set day_seconds = 86400 -%}

with

validity as (

    select * from {{ ref('int_ticket_validity') }}

),

tickets as (

    select
        ticket_id,
        closed_at

    from {{ ref('int_tickets_conformed') }}

),

replies as (

    select * from {{ ref('int_ticket_replies_summarised') }}

),

solutions as (

    select * from {{ ref('int_ticket_solutions') }}

),

solves as (

    select * from {{ ref('int_ticket_solves_summarised') }}

),

instants as (

    select
        validity.ticket_id,
        validity.calendar_id,
        validity.first_contact_at,
        replies.first_reply_at,
        replies.last_reply_at,
        solutions.first_solution_at,
        solves.first_solved_at,
        solves.resolved_at,
        tickets.closed_at

    from validity

    left join tickets
        on validity.ticket_id = tickets.ticket_id

    left join replies
        on validity.ticket_id = replies.ticket_id

    left join solutions
        on validity.ticket_id = solutions.ticket_id

    left join solves
        on validity.ticket_id = solves.ticket_id

),

final as (

    select
        ---------- ids
        instants.ticket_id,

        ---------- numerics
        {{ duration_seconds('instants.first_contact_at', 'instants.first_reply_at') }}
            as frt_calendar_seconds,
        {{ business_seconds(
            'contact_clock', 'instants.first_contact_at', 'reply_clock', 'instants.first_reply_at'
        ) }} as frt_business_seconds,
        {{ duration_seconds('instants.first_contact_at', 'instants.first_solution_at') }}
            as tfs_calendar_seconds,
        {{ business_seconds(
            'contact_clock', 'instants.first_contact_at',
            'solution_clock', 'instants.first_solution_at'
        ) }} as tfs_business_seconds,
        {{ duration_seconds('instants.first_contact_at', 'instants.first_solved_at') }}
            as first_resolution_calendar_seconds,
        {{ business_seconds(
            'contact_clock', 'instants.first_contact_at',
            'first_solve_clock', 'instants.first_solved_at'
        ) }} as first_resolution_business_seconds,
        {{ duration_seconds('instants.first_contact_at', 'instants.resolved_at') }}
            as trt_calendar_seconds,
        {{ business_seconds(
            'contact_clock', 'instants.first_contact_at', 'resolved_clock', 'instants.resolved_at'
        ) }} as trt_business_seconds,
        case
            when instants.resolved_at is not null
                then {{ duration_seconds('instants.first_contact_at', 'instants.last_reply_at') }}
        end as trt_last_reply_seconds,
        case
            when instants.resolved_at is not null
                then {{ duration_seconds('instants.first_contact_at', 'instants.closed_at') }}
        end as trt_closed_seconds,

        ---------- booleans
        -- before local midnight of the business day of the request (Q27)
        case
            when instants.first_reply_at is not null
                then instants.first_reply_at < contact_clock.business_day_ends_at
        end as is_same_day,
        coalesce(contact_clock.business_day_ends_at <= {{ as_of() }}, false) as is_sdr_matured,
        -- elapsed: 24 h across a clock change are the same seconds (E11)
        coalesce(
            {{ duration_seconds('instants.first_contact_at', 'instants.first_reply_at') }}
            <= {{ day_seconds }},
            false
        ) as is_within_24h,
        {{ elapsed_seconds('instants.first_contact_at', as_of()) }} >= {{ day_seconds }}
            as is_24h_matured,

        ---------- timestamps (UTC)
        contact_clock.business_day_ends_at

    from instants

    {{ business_clock_join('contact_clock', 'instants.calendar_id', 'instants.first_contact_at') }}

    {{ business_clock_join('reply_clock', 'instants.calendar_id', 'instants.first_reply_at') }}

    {{ business_clock_join(
        'solution_clock', 'instants.calendar_id', 'instants.first_solution_at'
    ) }}

    {{ business_clock_join(
        'first_solve_clock', 'instants.calendar_id', 'instants.first_solved_at'
    ) }}

    {{ business_clock_join('resolved_clock', 'instants.calendar_id', 'instants.resolved_at') }}

)

select * from final
