-- Grain: one row per date.
with

dates as (

    {{ calendar_dates() }}

),

placed as (

    select
        date_day,
        {{ iso_weekday('date_day') }} as weekday,  -- noqa: RF04
        {{ add_days('date_day', 1) }} as following_date

    from dates

),

bounded as (

    select
        date_day,
        weekday,
        -- the Thursday of an ISO week lies in the year that the week belongs to
        {{ add_days('date_day', '4 - weekday') }} as thursday_date,
        {{ utc_from_local('date_day') }} as day_start_at,
        {{ utc_from_local('following_date') }} as day_end_at

    from placed

),

final as (

    select
        ---------- numerics
        weekday,
        cast(extract(week from date_day) as integer) as iso_week,
        cast(extract(year from thursday_date) as integer) as iso_year,
        {{ elapsed_seconds('day_start_at', 'day_end_at') }} as seconds_in_day,

        ---------- booleans
        weekday >= 6 as is_weekend,

        ---------- dates
        date_day,
        {{ add_days('date_day', '1 - weekday') }} as week_start_date,
        {{ period_start('month', 'date_day') }} as month_start_date,
        {{ period_start('quarter', 'date_day') }} as quarter_start_date,
        {{ period_start('year', 'date_day') }} as year_start_date,

        ---------- timestamps (UTC)
        day_start_at,
        day_end_at

    from bounded

)

select * from final
