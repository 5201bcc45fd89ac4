-- Grain: one row per delivered queue and interval with a forecast in force.
-- Positions that the forecast asks for. Live queues by Erlang C; a chat agent serves several
-- sessions at a time, so their load is shared; work that can wait only has to be done: load over
-- occupancy.

with

forecasts as (

    select * from {{ ref('int_forecast_locked') }}

),

queues as (

    select * from {{ ref('dim_queue') }}

),

known as (

    select
        forecasts.queue_id,
        coalesce(queues.media, 'unknown') as media,
        forecasts.forecast_contacts,
        forecasts.forecast_aht_seconds,
        queues.service_level_seconds,
        forecasts.interval_start_at,
        {{ safe_ratio(
            'forecasts.forecast_contacts * forecasts.forecast_aht_seconds',
            '(60 * forecasts.interval_minutes)',
        ) }} as workload_erlangs

    from forecasts

    left join queues
        on forecasts.queue_id = queues.queue_id

),

loads as (

    select
        queue_id,
        interval_start_at,
        workload_erlangs
        / case when media = 'chat' then {{ var('chat_concurrency') }} else 1 end as erlangs,
        {{ safe_ratio('service_level_seconds', 'forecast_aht_seconds') }} as threshold_ratio,
        cast({{ var('service_level_target') }} as {{ type_double() }}) as target_rate,
        cast({{ var('max_occupancy') }} as {{ type_double() }}) as max_occupancy

    from known

    where
        media in ('voice', 'chat')
        and workload_erlangs > 0

),

{{ erlang_c_staff('loads', ['queue_id', 'interval_start_at']) }},

final as (

    select
        ---------- ids
        known.queue_id,

        ---------- strings
        known.media,

        ---------- numerics
        known.workload_erlangs,
        case
            when known.forecast_contacts = 0 then 0
            when known.media in ('voice', 'chat') then staffed.positions
            when known.media != 'unknown'
                then {{ safe_ratio('known.workload_erlangs', var('max_occupancy')) }}
        end as required_agents,
        staffed.wait_probability as expected_wait_rate,
        1 - staffed.wait_probability
        * exp(-(staffed.positions - staffed.erlangs) * staffed.threshold_ratio)
            as expected_service_level_rate,
        staffed.wait_probability * known.forecast_aht_seconds
        / (staffed.positions - staffed.erlangs) as expected_asa_seconds,
        staffed.erlangs / staffed.positions as expected_occupancy_rate,

        ---------- timestamps (UTC)
        known.interval_start_at

    from known

    left join staffed
        on
            known.queue_id = staffed.queue_id
            and known.interval_start_at = staffed.interval_start_at

)

select * from final
