-- Grain: one row per delivered queue and interval that a forecast covered in time.
-- The version in force: the one published last of those published at least forecast_lock_hours
-- before the interval (Q132). Later versions knew more than the schedule could use.

with

forecasts as (

    select
        queue_id,
        forecast_version,
        -- without a length it is the half hour of the marts
        case when interval_minutes > 0 then interval_minutes else 30 end as interval_minutes,
        case when forecast_contacts >= 0 then forecast_contacts end as forecast_contacts,
        case when forecast_aht_seconds > 0 then forecast_aht_seconds end as forecast_aht_seconds,
        case when required_staff >= 0 then required_staff end as required_staff,
        published_at,
        interval_start_at

    from {{ ref('stg_planning__forecasts') }}

    -- what is published after as_of is not known yet (Q09)
    where published_at <= {{ as_of() }}

),

timed as (

    select
        *,
        interval_start_at + interval_minutes * interval '1' minute as interval_end_at

    from forecasts

    where
        published_at + {{ var('forecast_lock_hours') }} * interval '1' hour <= interval_start_at

),

-- of versions published at one instant, the one with the greater name
ranked as (

    select
        *,
        row_number() over (
            partition by queue_id, interval_start_at
            order by published_at desc, forecast_version desc
        ) as recency

    from timed

),

latest as (

    select
        *,
        max(interval_end_at) over (
            partition by queue_id
            order by interval_start_at
            rows between unbounded preceding and 1 preceding
        ) as covered_until

    from ranked

    where recency = 1

),

-- Versions may cut the day differently. An interval that another one of a later version reaches
-- into has been replaced too, or its contacts would count twice.
overlapping as (

    select
        queue_id,
        forecast_version,
        published_at,
        interval_start_at,
        interval_end_at,
        date_trunc('hour', interval_start_at) as interval_hour_at

    from latest

    where covered_until > interval_start_at

),

replaced as (

    select
        overlapping.queue_id,
        case
            when
                overlapping.published_at > latest.published_at
                or (
                    overlapping.published_at = latest.published_at
                    and overlapping.forecast_version > latest.forecast_version
                )
                then latest.interval_start_at
            else overlapping.interval_start_at
        end as interval_start_at

    from overlapping

    inner join latest
        on
            overlapping.queue_id = latest.queue_id
            -- intervals of 15, 30 and 60 minutes lie within one hour
            and overlapping.interval_hour_at = date_trunc('hour', latest.interval_start_at)
            and overlapping.interval_start_at > latest.interval_start_at
            and overlapping.interval_start_at < latest.interval_end_at

),

replaced_once as (

    select distinct
        queue_id,
        interval_start_at

    from replaced

),

final as (

    select
        ---------- ids
        latest.queue_id,

        ---------- strings
        latest.forecast_version,

        ---------- numerics
        latest.interval_minutes,
        latest.forecast_contacts,
        latest.forecast_aht_seconds,
        latest.required_staff,

        ---------- timestamps (UTC)
        latest.published_at,
        latest.interval_start_at,
        latest.interval_end_at

    from latest

    left join replaced_once
        on
            latest.queue_id = replaced_once.queue_id
            and latest.interval_start_at = replaced_once.interval_start_at

    where replaced_once.queue_id is null

)

select * from final
