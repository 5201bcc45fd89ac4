-- Grain: one row per calendar and piece of its time line.
-- Business time between two instants is the difference of two look-ups here, however far apart
-- they are: no row per ticket and slot. See the macros business_clock_join and business_seconds.

{{ config(materialized='static_table') }}

with

days as (

    select * from {{ ref('int_business_days') }}

),

slots as (

    select * from {{ ref('int_business_slots') }}

),

edges as (

    -- local midnights
    select
        calendar_id,
        day_start_at as cut_at,
        date_day as local_date,
        0 as opened_slots

    from days

    union all

    select
        calendar_id,
        day_end_at as cut_at,
        null as local_date,
        0 as opened_slots

    from days

    union all

    -- UTC midnights, on both sides of each local day
    select
        calendar_id,
        cast(cast(day_start_at as date) as timestamp) as cut_at,
        null as local_date,
        0 as opened_slots

    from days

    union all

    select
        calendar_id,
        cast(cast(day_end_at as date) as timestamp) as cut_at,
        null as local_date,
        0 as opened_slots

    from days

    union all

    select
        calendar_id,
        open_at as cut_at,
        null as local_date,
        1 as opened_slots

    from slots

    union all

    select
        calendar_id,
        close_at as cut_at,
        null as local_date,
        -1 as opened_slots

    from slots

),

-- the grain is calendar × instant from here on: every window below has a total order
cuts as (

    select
        calendar_id,
        cut_at,
        max(local_date) as local_date,
        sum(opened_slots) as opened_slots

    from edges

    group by
        calendar_id,
        cut_at

),

pieces as (

    select
        calendar_id,
        cut_at as from_at,
        lead(cut_at) over (partition by calendar_id order by cut_at) as to_at,
        -- dates only grow: the latest so far is today's
        max(local_date) over (
            partition by calendar_id
            order by cut_at
            rows between unbounded preceding and current row
        ) as local_date,
        -- a sum, so that slots which overlap by mistake are not counted twice
        sum(opened_slots) over (
            partition by calendar_id
            order by cut_at
            rows between unbounded preceding and current row
        ) > 0 as is_open

    from cuts

),

-- without the UTC midnight before the first day and the end after the last
covered as (

    select
        *,
        case
            when is_open then {{ elapsed_seconds('from_at', 'to_at') }}
            else 0
        end as open_seconds,
        case when is_open then local_date end as open_date

    from pieces

    where
        local_date is not null
        and to_at is not null

),

summed as (

    select
        *,
        sum(open_seconds) over (
            partition by calendar_id
            order by from_at
            rows between unbounded preceding and current row
        ) - open_seconds as open_seconds_before,
        -- the first open piece from here on: a request at closing time belongs to the next day
        min(open_date) over (
            partition by calendar_id
            order by from_at
            rows between current row and unbounded following
        ) as business_date

    from covered

),

final as (

    select
        ---------- ids
        summed.calendar_id,

        ---------- numerics
        summed.open_seconds_before,

        ---------- booleans
        summed.is_open,

        ---------- dates
        cast(summed.from_at as date) as utc_date,  -- noqa: RF04
        summed.local_date,
        summed.business_date,

        ---------- timestamps (UTC)
        summed.from_at,
        summed.to_at,
        days.day_end_at as business_day_ends_at

    from summed

    left join days
        on
            summed.calendar_id = days.calendar_id
            and summed.business_date = days.date_day

)

select * from final
