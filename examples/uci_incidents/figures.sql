-- The published figures of the incident log, from the warehouse.
-- published NULL: no published counterpart, shown to explain the others.
with

-- fct_tickets beside the export's own stamp of the resolution
tickets as (

    select
        facts.*,
        exported.solved_at as exported_resolved_at
    from core.fct_tickets as facts
    inner join staging.stg_helpdesk__tickets as exported
        on facts.ticket_id = exported.ticket_id
    where facts.is_valid

),

-- the log's own counters, as of the last update of each incident
counters as (

    select
        number as ticket_id,
        arg_max(cast(reopen_count as integer), cast(sys_mod_count as integer)) as reopen_count,
        arg_max(made_sla, cast(sys_mod_count as integer)) as made_sla
    from read_parquet(getvariable('input'))
    group by number

),

figures as (

    select
        1 as line,
        'updates delivered' as figure,
        'stg_helpdesk__ticket_events' as source,
        141712.0 as published,
        0 as decimals,
        count(*)::double as value
    from staging.stg_helpdesk__ticket_events
    where field_name = 'sys_mod_count'

    union all

    select 2, 'incidents', 'fct_tickets', 24918, 0, count(*) from tickets

    union all

    select 3, 'contact type Phone', 'fct_tickets', 24684, 0, count(*)
    from tickets
    where channel = 'phone'

    union all

    select 4, 'reopened at least once', 'fct_tickets', 275, 0, count(*)
    from tickets
    where reopen_count > 0

    union all

    select 5, 'incidents whose reopen counter is ours', 'fct_tickets and the log', null, 0, count(*)
    from tickets
    inner join counters
        on tickets.ticket_id = counters.ticket_id
        and tickets.reopen_count = counters.reopen_count

    union all

    select 6, 'solves', 'fct_ticket_solves', null, 0, count(*)
    from core.fct_ticket_solves

    union all

    select 7, 'resolved_at present', 'fct_tickets, at that very minute', 23362, 0, count(*)
    from tickets
    where resolved_at = exported_resolved_at

    union all

    select 8, 'mean hours opened to resolved', 'fct_tickets, of those', 178.17, 2,
        avg(trt_calendar_seconds) / 3600
    from tickets
    where exported_resolved_at is not null

    union all

    select 9, 'median hours opened to resolved', 'fct_tickets, of those', 22.1, 1,
        median(trt_calendar_seconds) / 3600
    from tickets
    where exported_resolved_at is not null

    union all

    select 10, 'incidents solved', 'fct_tickets', null, 0, count(resolved_at)
    from tickets

    union all

    select 11, 'mean hours opened to resolved, all incidents', 'fct_tickets', null, 2,
        avg(trt_calendar_seconds) / 3600
    from tickets

    union all

    select 12, 'made_sla true, %', 'the log (no KPI of ours)', 63.42, 2,
        100 * avg(case when made_sla = 'true' then 1 else 0 end)
    from counters

)

select figure, source, published, decimals, value
from figures
order by line;
