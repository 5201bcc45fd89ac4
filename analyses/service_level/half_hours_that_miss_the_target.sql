-- In which half-hours of the week are calls answered too late, and how many agents' worth of calls
-- wait there? Sums first, then the ratio.
with

half_hours as (

    select * from {{ ref('mart_service_level_interval') }}

    where media = 'voice'

),

dates as (

    select * from {{ ref('dim_date') }}

),

local_half_hours as (

    select
        dates.weekday,
        cast({{ local_timestamp('half_hours.interval_start_at') }} as time) as local_start_time,
        half_hours.answered_within_threshold,
        half_hours.sl_denominator,
        half_hours.abandoned_calls

    from half_hours

    inner join dates
        on half_hours.date_day = dates.date_day

),

final as (

    select
        weekday,
        local_start_time,
        sum(sl_denominator) as calls,
        sum(abandoned_calls) as abandoned_calls,
        {{ safe_ratio('sum(answered_within_threshold)', 'sum(sl_denominator)') }}
            as service_level_rate

    from local_half_hours

    group by
        weekday,
        local_start_time

)

select * from final
