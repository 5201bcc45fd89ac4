-- Grain: one row per raw table and local date, of the days that volumes are checked by.
-- A day is compared with the median of the same weekday in the weeks before: one odd day among them
-- does not move a median. A holiday is neither checked nor compared with, nor is a day before the
-- first rows came.
{% set checked_days = var('volume_check_days') -%}
{% set weeks = var('volume_check_weeks') -%}
{% set days = 7 * weeks + checked_days -%}
with

counts as (

    select * from {{ ref('int_daily_row_counts') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

calendars as (

    select distinct calendar_id

    from {{ ref('cfg_queues') }}

),

holidays as (

    select distinct holiday_date

    from {{ ref('cfg_holidays') }}

    where
        calendar_id = '{{ var("reporting_calendar_id") }}'
        or calendar_id in (select calendars.calendar_id from calendars)

),

delivered as (

    select
        source_name,
        table_name,
        min(date_day) as first_date

    from counts

    group by
        source_name,
        table_name

),

days as (

    select
        delivered.source_name,
        delivered.table_name,
        dates.date_day,
        dates.weekday,
        holidays.holiday_date is not null as is_holiday,
        coalesce(counts.row_count, 0) as row_count

    from dates

    -- also days on which nothing came
    inner join delivered
        on dates.date_day >= delivered.first_date

    left join counts
        on
            delivered.source_name = counts.source_name
            and delivered.table_name = counts.table_name
            and dates.date_day = counts.date_day

    left join holidays
        on dates.date_day = holidays.holiday_date

    where
        dates.date_day >= {{ add_days(local_date(as_of()), -days) }}
        and dates.date_day < {{ local_date(as_of()) }}

),

usual as (

    select
        days.source_name,
        days.table_name,
        days.date_day,
        percentile_cont(0.5) within group (order by earlier.row_count) as median_row_count

    from days

    inner join days as earlier
        on
            days.source_name = earlier.source_name
            and days.table_name = earlier.table_name
            and days.weekday = earlier.weekday
            and days.date_day > earlier.date_day
            and days.date_day <= {{ add_days('earlier.date_day', 7 * weeks) }}

    where
        days.date_day >= {{ add_days(local_date(as_of()), -checked_days) }}
        and not days.is_holiday
        and not earlier.is_holiday

    group by
        days.source_name,
        days.table_name,
        days.date_day

    -- half of the weeks, or there is nothing to compare with
    having 2 * count(*) >= {{ weeks }}

),

final as (

    select
        ---------- strings
        days.source_name,
        days.table_name,

        ---------- numerics
        days.row_count,
        cast(usual.median_row_count as {{ type_double() }}) as median_row_count,
        {{ safe_ratio('days.row_count', 'usual.median_row_count') }} as row_count_per_median,

        ---------- booleans
        -- false where there is no median: what is not compared is not odd
        coalesce(
            (
                days.row_count >= {{ var('volume_min_rows') }}
                or usual.median_row_count >= {{ var('volume_min_rows') }}
            )
            and (
                days.row_count < {{ var('volume_warn_ratio_low') }} * usual.median_row_count
                or days.row_count > {{ var('volume_warn_ratio_high') }} * usual.median_row_count
            ),
            false
        ) as is_anomalous,

        ---------- dates
        days.date_day

    from days

    left join usual
        on
            days.source_name = usual.source_name
            and days.table_name = usual.table_name
            and days.date_day = usual.date_day

)

select * from final
