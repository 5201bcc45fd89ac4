-- Grain: one row per calendar and opening slot.

{{ config(materialized='static_table') }}

with

days as (

    select * from {{ ref('int_business_days') }}

),

calendar_lines as (

    select * from {{ ref('cfg_business_calendars') }}

),

regular_slots as (

    select
        days.calendar_id,
        days.time_zone,
        days.date_day,
        calendar_lines.open_time,
        calendar_lines.close_time

    from days

    inner join calendar_lines
        on
            days.calendar_id = calendar_lines.calendar_id
            and days.weekday = calendar_lines.weekday
            and days.date_day >= coalesce(calendar_lines.valid_from, days.date_day)
            -- valid_to is exclusive (Q07)
            and (calendar_lines.valid_to is null or days.date_day < calendar_lines.valid_to)

    where not days.is_special_day

),

-- reduced hours replace every slot of the day (Q07)
special_slots as (

    select
        calendar_id,
        time_zone,
        date_day,
        special_open_time as open_time,
        special_close_time as close_time

    from days

    where special_open_time is not null

),

slots as (

    select * from regular_slots

    union all

    select * from special_slots

),

-- minutes since local midnight, so that 24:00 is the next midnight
timed as (

    select
        calendar_id,
        time_zone,
        date_day,
        cast(split_part(open_time, ':', 1) as integer) * 60
        + cast(split_part(open_time, ':', 2) as integer) as open_minutes,
        cast(split_part(close_time, ':', 1) as integer) * 60
        + cast(split_part(close_time, ':', 2) as integer) as close_minutes

    from slots

),

final as (

    select
        ---------- ids
        calendar_id,

        ---------- dates
        date_day as local_date,

        ---------- timestamps (UTC)
        {{ utc_from_local(
            "cast(date_day as timestamp) + open_minutes * interval '1' minute", 'time_zone'
        ) }} as open_at,
        {{ utc_from_local(
            "cast(date_day as timestamp) + close_minutes * interval '1' minute", 'time_zone'
        ) }} as close_at

    from timed

)

select * from final
