-- The backlog of a day is the one of the day before, plus what entered, minus what left (Q04); and
-- what moves out of one row moves into another.
with

days as (

    select
        date_day,
        sum(backlog_open) as backlog_open,
        sum(backlog_created + backlog_reopened + backlog_restored) as entered,
        sum(backlog_solved + backlog_deleted) as gone,
        sum(backlog_moved_in) as moved_in,
        sum(backlog_moved_out) as moved_out

    from {{ ref('fct_backlog_daily') }}

    group by date_day

),

compared as (

    select
        *,
        lag(backlog_open) over (order by date_day) as previous_backlog_open

    from days

),

final as (

    select * from compared

    where
        backlog_open != coalesce(previous_backlog_open, 0) + entered - gone
        or moved_in != moved_out

)

select * from final
