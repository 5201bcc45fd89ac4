-- No reply and no solution is before the first contact, and only inbound tickets have them.
select
    ticket_id,
    is_inbound,
    first_contact_at,
    first_reply_at,
    first_solution_at

from {{ ref('fct_tickets') }}

where
    first_reply_at < first_contact_at
    or first_solution_at < first_contact_at
    or last_reply_at < first_contact_at
    or created_at < first_contact_at
    or (not is_inbound and (first_reply_at is not null or first_solution_at is not null))
    or (frt_calendar_seconds is null) != (first_reply_at is null)
    or (first_reply_agent_id is null) != (first_reply_at is null)
    or (first_reply_team_id is null) != (first_reply_at is null)
    or (first_solution_agent_id is null) != (first_solution_at is null)
    or (first_solution_team_id is null) != (first_solution_at is null)
