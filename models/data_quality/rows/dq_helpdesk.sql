-- Grain: one row per finding on a row of the source helpdesk.
{{ raw_findings('helpdesk', ['tickets', 'ticket_events', 'messages', 'chat_sessions']) }}
