-- Grain: one row per calendar and local date.
with

days as (

    select * from {{ ref('int_business_days') }}

),

slots as (

    select * from {{ ref('int_business_slots') }}

),

open_days as (

    select
        calendar_id,
        local_date,
        {{ exact_sum(elapsed_seconds('open_at', 'close_at')) }} as open_seconds

    from slots

    group by
        calendar_id,
        local_date

),

final as (

    select
        ---------- ids
        days.calendar_id,

        ---------- strings
        days.holiday_name,

        ---------- numerics
        coalesce(open_days.open_seconds, 0) as open_seconds,

        ---------- booleans
        open_days.local_date is not null as is_business_day,

        ---------- dates
        days.date_day,

        ---------- timestamps (UTC)
        days.day_start_at,
        days.day_end_at

    from days

    left join open_days
        on
            days.calendar_id = open_days.calendar_id
            and days.date_day = open_days.local_date

)

select * from final
