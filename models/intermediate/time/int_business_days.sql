-- Grain: one row per calendar and local date.

{{ config(materialized='static_table') }}

with

calendars as (

    -- one time zone per calendar: min() only picks it
    select
        calendar_id,
        min(time_zone) as time_zone

    from {{ ref('cfg_business_calendars') }}

    group by calendar_id

),

holidays as (

    select * from {{ ref('cfg_holidays') }}

),

dates as (

    {{ calendar_dates() }}

),

calendar_days as (

    select
        calendars.calendar_id,
        calendars.time_zone,
        dates.date_day,
        {{ add_days('dates.date_day', 1) }} as following_date

    from calendars

    cross join dates

),

final as (

    select
        ---------- ids
        calendar_days.calendar_id,

        ---------- strings
        calendar_days.time_zone,
        holidays.name as holiday_name,
        -- reduced hours need both ends; a line with one of them closes the day like an empty one
        case when holidays.close_time is not null then holidays.open_time end
            as special_open_time,
        case when holidays.open_time is not null then holidays.close_time end
            as special_close_time,

        ---------- numerics
        {{ iso_weekday('calendar_days.date_day') }} as weekday,  -- noqa: RF04

        ---------- booleans
        holidays.holiday_date is not null as is_special_day,

        ---------- dates
        calendar_days.date_day,

        ---------- timestamps (UTC)
        {{ utc_from_local('calendar_days.date_day', 'calendar_days.time_zone') }} as day_start_at,
        {{ utc_from_local('calendar_days.following_date', 'calendar_days.time_zone') }}
            as day_end_at

    from calendar_days

    left join holidays
        on
            calendar_days.calendar_id = holidays.calendar_id
            and calendar_days.date_day = holidays.holiday_date

)

select * from final
