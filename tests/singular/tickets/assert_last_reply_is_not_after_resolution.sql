-- The time to the last reply, and the time the customer waited, are part of the total resolution.
select
    ticket_id,
    trt_calendar_seconds,
    trt_last_reply_seconds,
    requester_wait_seconds

from {{ ref('fct_tickets') }}

where
    trt_last_reply_seconds > trt_calendar_seconds
    or requester_wait_seconds > trt_calendar_seconds
    or first_resolution_calendar_seconds > trt_calendar_seconds
    or (trt_last_reply_seconds is not null and trt_calendar_seconds is null)
