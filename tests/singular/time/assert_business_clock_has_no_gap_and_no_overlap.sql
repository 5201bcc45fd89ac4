-- The pieces of a calendar follow each other without gap or overlap, never cross a UTC midnight,
-- and cover every day from its first to its last.
with

pieces as (

    select
        calendar_id,
        utc_date,
        from_at,
        to_at,
        lag(to_at) over (partition by calendar_id order by from_at) as previous_to_at,
        lead(from_at) over (partition by calendar_id order by from_at) as next_from_at

    from {{ ref('int_business_clock') }}

),

days as (

    select
        calendar_id,
        min(day_start_at) as first_at,
        max(day_end_at) as last_at

    from {{ ref('int_business_days') }}

    group by calendar_id

),

final as (

    select pieces.*

    from pieces

    inner join days
        on pieces.calendar_id = days.calendar_id

    where
        pieces.from_at >= pieces.to_at
        or pieces.from_at != coalesce(pieces.previous_to_at, days.first_at)
        or pieces.to_at != coalesce(pieces.next_from_at, days.last_at)
        or cast(pieces.from_at as date) != pieces.utc_date
        or pieces.to_at > cast(pieces.utc_date as timestamp) + interval '1' day

)

select * from final
