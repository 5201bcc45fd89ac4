-- Grain: one row per queue and interval with a forecast in force or a schedule.
with

forecasts as (

    select * from {{ ref('int_forecast_locked') }}

),

requirements as (

    select * from {{ ref('int_staff_required') }}

),

staffing as (

    select
        queue_id,
        interval_start_at,
        case when interval_minutes > 0 then interval_minutes else 30 end as interval_minutes,
        case when scheduled_staff >= 0 then scheduled_staff end as scheduled_staff,
        case when actual_staff >= 0 then actual_staff end as actual_staff

    from {{ ref('stg_planning__staffing_intervals') }}

),

queues as (

    select * from {{ ref('dim_queue') }}

    where queue_id != 'unknown'

),

keys as (

    select
        queue_id,
        interval_start_at

    from forecasts

    union distinct

    select
        queue_id,
        interval_start_at

    from staffing

),

-- staff of a quarter of an hour against the need of an hour would compare two things
gathered as (

    select
        keys.queue_id as delivered_queue_id,
        coalesce(queues.queue_id, 'unknown') as queue_id,
        coalesce(queues.team_id, 'unknown') as team_id,
        coalesce(queues.media, 'unknown') as media,
        keys.interval_start_at,
        coalesce(forecasts.interval_minutes, staffing.interval_minutes) as interval_minutes,
        forecasts.required_staff,
        coalesce(forecasts.interval_minutes = staffing.interval_minutes, false) as is_same_length,
        staffing.scheduled_staff,
        staffing.actual_staff,
        staffing.interval_minutes as staffing_minutes,
        requirements.workload_erlangs,
        requirements.required_agents,
        requirements.expected_service_level_rate,
        requirements.expected_asa_seconds,
        requirements.expected_occupancy_rate

    from keys

    left join forecasts
        on
            keys.queue_id = forecasts.queue_id
            and keys.interval_start_at = forecasts.interval_start_at

    left join requirements
        on
            keys.queue_id = requirements.queue_id
            and keys.interval_start_at = requirements.interval_start_at

    left join staffing
        on
            keys.queue_id = staffing.queue_id
            and keys.interval_start_at = staffing.interval_start_at

    left join queues
        on keys.queue_id = queues.queue_id

),

-- nobody was present yet in an interval that is not over
timed as (

    select
        *,
        interval_start_at + interval_minutes * interval '1' minute as interval_end_at,
        case
            when
                interval_start_at + staffing_minutes * interval '1' minute <= {{ as_of() }}
                then actual_staff
        end as present_staff

    from gathered

),

measured as (

    select
        *,
        is_same_length and required_staff is not null and present_staff is not null
            as is_compared,
        is_same_length and required_staff is not null and scheduled_staff is not null
            as is_schedule_compared

    from timed

),

-- several queues may hide behind the unknown one
summed as (

    select
        queue_id,
        team_id,
        media,
        interval_start_at,
        max(interval_end_at) as interval_end_at,
        max(interval_minutes) as interval_minutes,
        sum(required_staff) as required_staff,
        sum(scheduled_staff) as scheduled_staff,
        sum(present_staff) as actual_staff,
        sum(case when is_compared then present_staff * interval_minutes end) / 60.0
            as actual_staff_hours,
        sum(case when is_compared then required_staff * interval_minutes end) / 60.0
            as required_staff_hours,
        sum(case when is_schedule_compared then scheduled_staff * interval_minutes end) / 60.0
            as scheduled_staff_hours,
        sum(case when is_schedule_compared then required_staff * interval_minutes end) / 60.0
            as scheduled_required_staff_hours,
        count(case when is_compared and required_staff > 0 then delivered_queue_id end)
            as required_queues,
        count(
            case
                when
                    is_compared and required_staff > 0
                    and present_staff < required_staff - {{ var('understaffing_tolerance') }}
                    then delivered_queue_id
            end
        ) as understaffed_queues,
        sum(workload_erlangs) as workload_erlangs,
        sum(required_agents) as required_agents,
        max(expected_service_level_rate) as expected_service_level_rate,
        max(expected_asa_seconds) as expected_asa_seconds,
        max(expected_occupancy_rate) as expected_occupancy_rate

    from measured

    group by
        queue_id,
        team_id,
        media,
        interval_start_at

),

final as (

    select
        ---------- ids
        queue_id,
        team_id,

        ---------- strings
        media,

        ---------- numerics
        interval_minutes,
        cast(required_staff as decimal(18, 2)) as required_staff,
        cast(scheduled_staff as decimal(18, 2)) as scheduled_staff,
        cast(actual_staff as decimal(18, 2)) as actual_staff,
        cast(actual_staff_hours as decimal(18, 6)) as actual_staff_hours,
        cast(required_staff_hours as decimal(18, 6)) as required_staff_hours,
        cast(scheduled_staff_hours as decimal(18, 6)) as scheduled_staff_hours,
        cast(scheduled_required_staff_hours as decimal(18, 6)) as scheduled_required_staff_hours,
        workload_erlangs,
        required_agents as required_agents_erlang_c,
        {{ safe_ratio('required_agents', '(1 - ' ~ var('shrinkage') ~ ')') }} as required_fte,
        expected_service_level_rate,
        expected_asa_seconds,
        expected_occupancy_rate,

        ---------- booleans
        required_queues > 0 as is_required,
        understaffed_queues > 0 as is_understaffed,

        ---------- dates
        {{ local_date('interval_start_at') }} as date_day,

        ---------- timestamps (UTC)
        interval_start_at,
        interval_end_at

    from summed

)

select * from final
