-- Open seconds are part of the elapsed seconds between the same instants, and never without them.
{% set pairs = [
    ('fct_tickets', 'frt_business_seconds', 'frt_calendar_seconds'),
    ('fct_tickets', 'tfs_business_seconds', 'tfs_calendar_seconds'),
    ('fct_tickets', 'first_resolution_business_seconds', 'first_resolution_calendar_seconds'),
    ('fct_tickets', 'trt_business_seconds', 'trt_calendar_seconds'),
    ('fct_tickets', 'requester_wait_business_seconds', 'requester_wait_seconds'),
    ('fct_ticket_status_intervals', 'business_seconds', 'calendar_seconds'),
    ('fct_ticket_assignments', 'tat_business_seconds', 'tat_calendar_seconds'),
    ('fct_reply_turns', 'response_business_seconds', 'response_calendar_seconds'),
] -%}

{% for fact, business, elapsed in pairs %}
    select
        ticket_id,
        '{{ fact }}.{{ business }}' as measured,
        {{ business }} as open_seconds,
        {{ elapsed }} as elapsed_seconds

    from {{ ref(fact) }}

    where
        {{ business }} > {{ elapsed }}
        or {{ business }} < 0
        or ({{ business }} is not null and {{ elapsed }} is null)

    {{ 'union all' if not loop.last }}
{% endfor %}
