-- The first solve is not after the final one, and a ticket with a final solve has a first one.
select
    ticket_id,
    first_contact_at,
    first_solved_at,
    resolved_at

from {{ ref('fct_tickets') }}

where
    first_solved_at > resolved_at
    or first_solved_at < first_contact_at
    or (first_solved_at is null and resolved_at is not null)
    or (first_solved_at is null) != (solve_count = 0)
    or (first_solve_agent_id is null) != (first_solved_at is null)
    or (resolved_agent_id is null) != (resolved_at is null)
    or (resolved_team_id is null) != (resolved_at is null)
    or (trt_calendar_seconds is null) != (resolved_at is null)
    or (requester_wait_seconds is null) != (resolved_at is null)
