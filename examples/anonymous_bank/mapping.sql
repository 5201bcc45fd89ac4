-- The call log of a bank's call centre → raw tables.
-- Input: one row per call, all text; times are local, h:mm:ss, `0:00:00` where there is none.
-- What each choice is for stands in README.md.

create temp macro _local(day, clock) as
    strptime(day || ' ' || clock, '%y%m%d %H:%M:%S');

create temp macro _instant(local_time) as timezone('Asia/Jerusalem', local_time);

create table _calls as
with

kept as (

    select
        *,
        date || '-' || "vru+line" || '-' || call_id as leg_id,
        _local(date, vru_entry) as entered_at_local,
        _local(date, vru_exit) as menu_left_at_local,
        to_seconds(cast(q_time as integer)) as queue_time,
        to_seconds(cast(ser_time as integer)) as service_time,
        outcome = 'AGENT' as is_answered,
        -- a queue entered at midnight sharp has an exit
        q_start != '0:00:00' or q_exit != '0:00:00' as has_queued

    from read_parquet(getvariable('input'))

    where
        outcome != 'PHANTOM'
        and cast(vru_time as integer) >= 0

),

queued as (

    select
        *,
        case
            -- the date is the day of the menu; the queue may be entered after midnight
            when has_queued and _local(date, q_start) < menu_left_at_local
                then _local(date, q_start) + interval 1 day
            when has_queued then _local(date, q_start)
            -- connected at once: queued for no time at all
            when is_answered then menu_left_at_local
        end as queued_at_local

    from kept

)

select
    *,
    _instant(entered_at_local) as started_at,
    _instant(queued_at_local) as enqueued_at,
    -- from the log's own seconds: its two clocks, the menu's and the agents', are not in step
    _instant(queued_at_local + queue_time) as queue_left_at,
    _instant(queued_at_local + queue_time + service_time) as served_at,
    _instant(menu_left_at_local) as menu_left_at
from queued;

create table calls as
select
    leg_id as call_id,
    'inbound' as direction,
    nullif(customer_id, '0') as customer_id,
    type as queue_id,
    nullif(server, 'NO_SERVER') as agent_id,
    type as topic_code,
    started_at,
    enqueued_at,
    case when is_answered then queue_left_at end as answered_at,
    case
        when is_answered then served_at
        else coalesce(queue_left_at, menu_left_at)
    end as ended_at,
    case
        when is_answered then 'answered'
        when has_queued then 'abandoned_queue'
        else 'abandoned_ivr'
    end as disposition,
    case when not is_answered then 'customer' end as disconnected_by,
    cast(q_time as integer) as queue_seconds,
    case when is_answered then cast(ser_time as integer) end as talk_seconds
from _calls;

create table agents as
select distinct
    server as agent_id,
    'agent' as role
from _calls
where server != 'NO_SERVER';

create table customers as
select distinct customer_id
from _calls
where customer_id != '0';
