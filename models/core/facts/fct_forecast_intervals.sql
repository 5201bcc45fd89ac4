-- Grain: one row per queue and interval that a forecast covered in time.
with

forecasts as (

    select * from {{ ref('int_forecast_locked') }}

),

queues as (

    select * from {{ ref('dim_queue') }}

    where queue_id != 'unknown'

),

sources as (

    select * from {{ ref('dim_source') }}

),

-- once per customer call, at its first queue; without short abandons (Q132, E18)
contacts as (

    select
        queue_id,
        case when media = 'voice' then 'telephony' else 'helpdesk' end as source_name,
        coalesce(enqueued_at, contact_at) as demanded_at

    from {{ ref('fct_contacts') }}

    where is_contact

),

slot_contacts as (

    select
        queue_id,
        {{ quarter_hour_start('demanded_at') }} as slot_start_at,
        count(*) as contacts

    from contacts

    group by
        queue_id,
        {{ quarter_hour_start('demanded_at') }}

),

-- before the first contact of a source nothing was delivered: unknown, not 0 (E42)
first_dates as (

    select
        source_name,
        {{ local_date('min(demanded_at)') }} as first_date

    from contacts

    group by source_name

),

-- contacts of queues that nobody knows cannot be told apart: their forecasts are not judged
placed as (

    select
        forecasts.*,
        coalesce(queues.queue_id, 'unknown') as known_queue_id,
        coalesce(queues.team_id, 'unknown') as team_id,
        coalesce(queues.media, 'unknown') as media,
        case
            when queues.media = 'voice' then 'telephony'
            when queues.media is not null then 'helpdesk'
        end as source_name,
        {{ local_date('forecasts.interval_start_at') }} as date_day

    from forecasts

    left join queues
        on forecasts.queue_id = queues.queue_id

),

countable as (

    select
        placed.*,
        coalesce(
            placed.interval_end_at <= sources.data_through_at
            and placed.date_day >= first_dates.first_date
            and placed.interval_start_at = {{ quarter_hour_start('placed.interval_start_at') }}
            and mod(placed.interval_minutes, 15) = 0,
            false
        ) as is_countable

    from placed

    left join sources
        on placed.source_name = sources.source_name

    left join first_dates
        on placed.source_name = first_dates.source_name

),

numbers as (

    {{ dbt_utils.generate_series(96) }}

),

slots as (

    select
        countable.queue_id,
        countable.interval_start_at,
        countable.interval_start_at
        + cast(numbers.generated_number - 1 as {{ dbt.type_int() }}) * interval '15' minute
            as slot_start_at

    from countable

    inner join numbers
        on numbers.generated_number <= countable.interval_minutes / 15

    where countable.is_countable

),

actuals as (

    select
        slots.queue_id,
        slots.interval_start_at,
        cast(sum(slot_contacts.contacts) as {{ dbt.type_bigint() }}) as contacts

    from slots

    inner join slot_contacts
        on
            slots.queue_id = slot_contacts.queue_id
            and slots.slot_start_at = slot_contacts.slot_start_at

    group by
        slots.queue_id,
        slots.interval_start_at

),

-- several queues may hide behind the unknown one
compared as (

    select
        countable.known_queue_id as queue_id,
        countable.team_id,
        countable.media,
        countable.date_day,
        countable.interval_start_at,
        max(countable.forecast_version) as forecast_version,
        max(countable.interval_minutes) as interval_minutes,
        sum(countable.forecast_contacts) as forecast_contacts,
        case when count(*) = 1 then max(countable.forecast_aht_seconds) end
            as forecast_aht_seconds,
        cast(
            sum(case when countable.is_countable then coalesce(actuals.contacts, 0) end)
            as {{ dbt.type_bigint() }}
        ) as actual_contacts,
        max(countable.published_at) as published_at,
        max(countable.interval_end_at) as interval_end_at

    from countable

    left join actuals
        on
            countable.queue_id = actuals.queue_id
            and countable.interval_start_at = actuals.interval_start_at

    group by
        countable.known_queue_id,
        countable.team_id,
        countable.media,
        countable.date_day,
        countable.interval_start_at

),

judged as (

    select
        *,
        -- positive is over-forecast
        forecast_contacts - actual_contacts as forecast_error

    from compared

),

final as (

    select
        ---------- ids
        queue_id,
        team_id,

        ---------- strings
        forecast_version,
        media,

        ---------- numerics
        interval_minutes,
        cast(forecast_contacts as decimal(18, 3)) as forecast_contacts,
        forecast_aht_seconds,
        actual_contacts,
        cast(forecast_error as decimal(18, 3)) as forecast_error,
        cast(abs(forecast_error) as decimal(18, 3)) as abs_error,
        {{ safe_ratio('abs(forecast_error)', 'actual_contacts') }} as ape,

        ---------- booleans
        forecast_error is not null as is_evaluated,
        -- nothing came: right only if nothing was forecast (E37)
        coalesce(
            abs(forecast_error) <= {{ var('forecast_tolerance') }} * actual_contacts, false
        ) as is_within_tolerance,

        ---------- dates
        date_day,

        ---------- timestamps (UTC)
        published_at,
        interval_start_at,
        interval_end_at

    from judged

)

select * from final
