-- The first response with bots is never longer than without, nor missing where a human replied.
select
    ticket_id,
    frt_calendar_seconds,
    frt_incl_bot_seconds

from {{ ref('fct_tickets') }}

where
    frt_incl_bot_seconds > frt_calendar_seconds
    or (frt_incl_bot_seconds is null and frt_calendar_seconds is not null)
    or (frt_incl_bot_seconds is null) != (first_answered_date is null)
