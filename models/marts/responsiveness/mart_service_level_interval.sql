-- Grain: one row per local date, 30-minute interval, queue and media.

{{ config(
    materialized='incremental',
    unique_key='date_day',
    meta={'scope': {'day': 'date_day'}}
) }}

{% set keys = ['date_day', 'interval_start_at', 'queue_id', 'media'] -%}
{# the additive buckets of the wait (G8) -#}
{% set wait_buckets = [20, 30, 60, 90, 120, 300] -%}

with

contacts as (

    select * from {{ ref('fct_contacts') }}

    where
        media in ('voice', 'chat')
        and direction = 'inbound'

),

sources as (

    select * from {{ ref('dim_source') }}

),

dated as (

    select
        *,
        {{ interval_start('started_at') }} as started_interval_at,
        {{ interval_start('answered_at') }} as answered_interval_at,
        {{ interval_start('queue_exit_at') }} as queue_exit_interval_at

    from contacts

),

-- rates date both sides at the entry into the queue, so that no rate exceeds 1 (T7)
queue_entries as (

    select
        enqueued_date as date_day,
        interval_start_at,
        queue_id,
        media,
        count(case when is_offered then contact_id end) as offered_calls,
        count(case when is_answered then contact_id end) as answered_calls,
        count(case when is_abandoned then contact_id end) as abandoned_calls,
        count(case when is_callback_request then contact_id end) as callback_requests,
        count(case when is_flow_out then contact_id end) as flow_outs,
        count(case when is_voicemail then contact_id end) as voicemails,
        count(case when is_missed then contact_id end) as missed_contacts,
        count(case when is_short_abandon then contact_id end) as short_abandoned_calls,
        count(case when is_offered or is_short_abandon then contact_id end)
            as offered_calls_and_short_abandons,
        count(case when is_abandoned or is_short_abandon then contact_id end)
            as all_abandoned_calls,
        count(case when not is_offered and not is_short_abandon then contact_id end)
            as failed_queue_visits,
        count(case when is_answered or is_abandoned then contact_id end) as sl_denominator,
        count(case when is_within_threshold then contact_id end) as answered_within_threshold,
        count(case when is_within_alt then contact_id end) as answered_within_alt,
        count(case when is_answered or is_abandoned or is_short_abandon then contact_id end)
            as answered_plus_all_abandoned,
        count(case when is_within_threshold or is_abandoned_within_threshold then contact_id end)
            as answered_or_abandoned_within_threshold

    from dated

    where
        enqueued_at is not null
        and coalesce(disposition, 'unknown') != 'abandoned_ivr'
        and {{ is_restated_day('enqueued_date') }}

    group by
        enqueued_date,
        interval_start_at,
        queue_id,
        media

),

-- who hangs up in the menu never reached a queue (E19)
menu_exits as (

    select
        started_date as date_day,
        started_interval_at as interval_start_at,
        queue_id,
        media,
        count(contact_id) as ivr_abandoned_calls

    from dated

    where
        disposition = 'abandoned_ivr'
        and {{ is_restated_day('started_date') }}

    group by
        started_date,
        started_interval_at,
        queue_id,
        media

),

-- durations belong to the instant they end (G4)
answers as (

    select
        answered_date as date_day,
        answered_interval_at as interval_start_at,
        queue_id,
        media,
        count(contact_id) as asa_answered_contacts,
        {{ exact_sum('wait_seconds') }} as asa_wait_seconds

    from dated

    -- without a wait (bad clocks) out of both sides (Q31)
    where
        is_answered
        and wait_seconds is not null
        and {{ is_restated_day('answered_date') }}

    group by
        answered_date,
        answered_interval_at,
        queue_id,
        media

),

queue_exits as (

    select
        queue_exit_date as date_day,
        queue_exit_interval_at as interval_start_at,
        queue_id,
        media,
        count(contact_id) as offered_contacts,
        {% for seconds in wait_buckets %}
            count(case when queue_seconds <= {{ seconds }} then contact_id end)
                as queue_waits_within_{{ seconds }}_seconds,
        {% endfor %}
        count(case when queue_seconds > {{ wait_buckets | last }} then contact_id end)
            as queue_waits_over_{{ wait_buckets | last }}_seconds,
        {{ exact_sum('queue_seconds') }} as queue_wait_seconds

    from dated

    where
        is_offered
        and queue_seconds is not null
        and {{ is_restated_day('queue_exit_date') }}

    group by
        queue_exit_date,
        queue_exit_interval_at,
        queue_id,
        media

),

stacked as (

    {{ stack_measures(keys, service_level_measures()) }}

),

summed as (

    select
        date_day,
        interval_start_at,
        queue_id,
        media,
        {{- service_level_sums() }}

    from stacked

    group by
        date_day,
        interval_start_at,
        queue_id,
        media

),

bounded as (

    select
        summed.*,
        summed.interval_start_at + interval '30' minute as interval_end_at,
        sources.data_through_at as source_through_at

    from summed

    left join sources
        on case when summed.media = 'chat' then 'helpdesk' else 'telephony' end
            = sources.source_name

),

final as (

    select
        ---------- ids
        queue_id,

        ---------- strings
        media,

        ---------- numerics
        {{- service_level_columns() }},

        ---------- booleans
        offered_calls < {{ var('small_sample_n') }} as is_small_sample,
        coalesce(source_through_at < interval_end_at, true) as is_provisional,

        ---------- dates
        date_day,

        ---------- timestamps (UTC)
        interval_start_at,
        least(interval_end_at, source_through_at) as data_through_at

    from bounded

)

select * from final
