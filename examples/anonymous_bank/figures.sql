-- The published figures of the call log, from the warehouse.
-- published NULL: no published counterpart, shown to explain the others.
with

calls as (

    select
        *,
        extract(hour from timezone('Asia/Jerusalem', timezone('UTC', started_at))) as entry_hour
    from core.fct_contacts
    where contact_type = 'call'

),

-- the textbook takes the calls of the four Wednesdays that an agent is named for
wednesdays as (

    select * from calls

    where
        isodow(started_date) = 3
        and agent_id != 'unknown'

),

day_mean as (

    select avg(talk_seconds) as mean_talk_seconds from wednesdays

),

hourly_means as (

    select
        entry_hour,
        avg(talk_seconds) as mean_talk_seconds
    from wednesdays
    group by entry_hour

),

-- an hour without such calls has the mean of the day
hours as (

    select
        all_hours.entry_hour,
        coalesce(hourly_means.mean_talk_seconds, day_mean.mean_talk_seconds) as mean_talk_seconds
    from range(24) as all_hours(entry_hour)
    cross join day_mean
    left join hourly_means
        on all_hours.entry_hour = hourly_means.entry_hour

),

figures as (

    select
        1 as line,
        'calls' as figure,
        'fct_contacts' as source,
        33043.0 as published,
        0 as decimals,
        count(*)::double as value
    from calls

    union all

    select 2, 'calls served', 'fct_contacts', null, 0, count(*)
    from calls
    where is_answered

    union all

    select 3, 'mean queue seconds of calls served', 'fct_contacts', 40.73, 2, avg(wait_seconds)
    from calls
    where is_answered

    union all

    select 4, 'mean queue seconds of calls served (asa_seconds)', 'mart_service_level_interval',
        40.73, 2, sum(asa_wait_seconds) / sum(asa_answered_contacts)
    from marts.mart_service_level_interval

    union all

    select 5, 'mean service seconds', 'fct_contacts', 176.38, 2, avg(talk_seconds)
    from calls
    where is_answered

    union all

    select 6, 'calls served per agent-hour, Wednesdays, 60 s wrap', 'fct_contacts', 14.86443, 5,
        avg(3600 / (mean_talk_seconds + 60))
    from hours

    union all

    select 7, 'abandoned in the queue, after more than 5 s', 'mart_service_level_interval', null, 0,
        sum(abandoned_calls)
    from marts.mart_service_level_interval

    union all

    select 8, 'service_level_rate (90 s)', 'mart_service_level_interval', null, 4,
        sum(answered_within_threshold) / sum(sl_denominator)
    from marts.mart_service_level_interval

)

select figure, source, published, decimals, value
from figures
order by line;
