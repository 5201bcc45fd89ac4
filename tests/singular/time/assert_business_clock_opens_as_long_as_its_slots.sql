-- The open seconds of a calendar's pieces are the seconds of its slots, on every local date.
with

piece_days as (

    select
        calendar_id,
        local_date,
        {{ exact_sum(elapsed_seconds('from_at', 'to_at')) }} as open_seconds

    from {{ ref('int_business_clock') }}

    where is_open

    group by
        calendar_id,
        local_date

),

slot_days as (

    select
        calendar_id,
        date_day as local_date,
        open_seconds

    from {{ ref('dim_business_day') }}

    where is_business_day

),

final as (

    select
        piece_days.*,
        slot_days.open_seconds as slot_seconds

    from piece_days

    full outer join slot_days
        on
            piece_days.calendar_id = slot_days.calendar_id
            and piece_days.local_date = slot_days.local_date

    where
        piece_days.calendar_id is null
        or slot_days.calendar_id is null
        or piece_days.open_seconds != slot_days.open_seconds

)

select * from final
