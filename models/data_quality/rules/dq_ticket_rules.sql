-- Grain: one row per finding on a ticket, event or message that only other rows show.
{{ config(meta={'scope': {'ticket': 'ticket_id'}}) }}

with

tickets as (

    select * from {{ ref('stg_helpdesk__tickets') }}

    where
        created_at <= {{ as_of() }}
        and {{ is_restated('ticket', 'ticket_id') }}

),

events as (

    select * from {{ ref('stg_helpdesk__ticket_events') }}

    where {{ is_restated('ticket', 'ticket_id') }}

),

messages as (

    select * from {{ ref('stg_helpdesk__messages') }}

    where
        author_type = 'agent'
        and not coalesce(is_automated, false)
        and coalesce(visibility, 'public') != 'internal'
        and {{ is_restated('ticket', 'ticket_id') }}

),

survivors as (

    select * from {{ ref('int_ticket_survivors') }}

),

resolved_tickets as (

    select * from {{ ref('fct_tickets') }}

    where {{ is_restated('ticket', 'ticket_id') }}

),

-- a chain of merges that comes back: nobody survives there, so the ticket stays itself
merged_in_circles as (

    select
        tickets.ticket_id,
        'tickets' as raw_table,
        tickets.ticket_id as row_key,
        'merged_into_ticket_id' as column_name,
        case
            when tickets.merged_into_ticket_id = tickets.ticket_id then 'merge_into_self'
            else 'merge_cycle'
        end as reason_code,
        tickets.merged_into_ticket_id as raw_value,
        tickets.source_file,
        tickets.loaded_at

    from tickets

    inner join survivors
        on tickets.ticket_id = survivors.ticket_id

    where
        tickets.merged_into_ticket_id is not null
        and not survivors.is_merged

),

-- the export's own last solve against the one that the events show
solved_otherwise as (

    select
        tickets.ticket_id,
        'tickets' as raw_table,
        tickets.ticket_id as row_key,
        'solved_at' as column_name,
        'export_mismatch' as reason_code,
        cast(tickets.solved_at as {{ dbt.type_string() }}) as raw_value,
        tickets.source_file,
        tickets.loaded_at

    from tickets

    inner join resolved_tickets
        on tickets.ticket_id = resolved_tickets.ticket_id

    where
        abs({{ elapsed_seconds('resolved_tickets.resolved_at', 'tickets.solved_at') }})
        > {{ var('clock_skew_seconds') }}

),

early_events as (

    select
        tickets.ticket_id,
        'ticket_events' as raw_table,
        events.event_id as row_key,
        'event_at' as column_name,
        'event_before_created' as reason_code,
        cast(events.event_at as {{ dbt.type_string() }}) as raw_value,
        events.source_file,
        events.loaded_at

    from events

    inner join tickets
        on events.ticket_id = tickets.ticket_id

    where events.event_at < tickets.created_at

),

-- Q01: up to the clock skew it is the first reply, before that it is skipped
early_replies as (

    select
        tickets.ticket_id,
        'messages' as raw_table,
        messages.message_id as row_key,
        'sent_at' as column_name,
        case
            when
                {{ elapsed_seconds('messages.sent_at', 'tickets.created_at') }}
                <= {{ var('clock_skew_seconds') }}
                then 'reply_before_contact_small'
            else 'reply_before_contact_large'
        end as reason_code,
        cast(messages.sent_at as {{ dbt.type_string() }}) as raw_value,
        messages.source_file,
        messages.loaded_at

    from messages

    inner join tickets
        on messages.ticket_id = tickets.ticket_id

    where messages.sent_at < tickets.created_at

),

judged as (

    select * from merged_in_circles

    union all

    select * from solved_otherwise

    union all

    select * from early_events

    union all

    select * from early_replies

),

{{ rule_findings(
    [('helpdesk', 'tickets'), ('helpdesk', 'ticket_events'), ('helpdesk', 'messages')],
    extra=['ticket_id']
) }}
