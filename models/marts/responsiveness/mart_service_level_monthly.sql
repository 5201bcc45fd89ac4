-- Grain: one row per month, media and queue, and one per month and media for all queues.

{{ config(
    materialized='incremental',
    unique_key='month_start_date',
    meta={'scope': {'month': 'month_start_date'}}
) }}

with

contacts as (

    select * from {{ ref('fct_contacts') }}

    where
        media in ('voice', 'chat')
        and direction = 'inbound'

),

days as (

    select * from {{ ref('dim_date') }}

),

sources as (

    select * from {{ ref('dim_source') }}

),

-- percentiles cannot be added up, so the total is computed from the same contacts again
scoped as (

    select
        contacts.*,
        'queue' as scope_type,
        contacts.queue_id as scope_queue_id

    from contacts

    union all

    select
        contacts.*,
        'all' as scope_type,
        'all' as scope_queue_id

    from contacts

),

dated as (

    select
        *,
        {{ period_start('month', 'answered_date') }} as answered_month,
        {{ period_start('month', 'queue_exit_date') }} as queue_exit_month

    from scoped

),

answers as (

    select
        answered_month as month_start_date,
        scope_type,
        scope_queue_id,
        media,
        count(contact_id) as asa_answered_contacts,
        percentile_cont(0.5) within group (order by wait_seconds) as median_asa_seconds,
        percentile_cont(0.9) within group (order by wait_seconds) as p90_asa_seconds

    from dated

    where
        is_answered
        and wait_seconds is not null
        and {{ is_restated_month('answered_date') }}

    group by
        answered_month,
        scope_type,
        scope_queue_id,
        media

),

queue_exits as (

    select
        queue_exit_month as month_start_date,
        scope_type,
        scope_queue_id,
        media,
        count(contact_id) as offered_contacts,
        percentile_cont(0.5) within group (order by queue_seconds) as median_queue_wait_seconds,
        percentile_cont(0.9) within group (order by queue_seconds) as p90_queue_wait_seconds

    from dated

    where
        is_offered
        and queue_seconds is not null
        and {{ is_restated_month('queue_exit_date') }}

    group by
        queue_exit_month,
        scope_type,
        scope_queue_id,
        media

),

stacked as (

    {{ stack_measures(['month_start_date', 'scope_type', 'scope_queue_id', 'media'], {
        'answers': ['asa_answered_contacts', 'median_asa_seconds', 'p90_asa_seconds'],
        'queue_exits': [
            'offered_contacts', 'median_queue_wait_seconds', 'p90_queue_wait_seconds'
        ],
    }) }}

),

-- every key stands once in each set: max takes the one value there is
merged as (

    select
        month_start_date,
        scope_type,
        scope_queue_id,
        media,
        coalesce(max(asa_answered_contacts), 0) as asa_answered_contacts,
        coalesce(max(offered_contacts), 0) as offered_contacts,
        max(median_asa_seconds) as median_asa_seconds,
        max(p90_asa_seconds) as p90_asa_seconds,
        max(median_queue_wait_seconds) as median_queue_wait_seconds,
        max(p90_queue_wait_seconds) as p90_queue_wait_seconds

    from stacked

    group by
        month_start_date,
        scope_type,
        scope_queue_id,
        media

),

month_ends as (

    select
        month_start_date,
        max(day_end_at) as month_end_at

    from days

    group by month_start_date

),

bounded as (

    select
        merged.*,
        month_ends.month_end_at,
        sources.data_through_at as source_through_at

    from merged

    left join month_ends
        on merged.month_start_date = month_ends.month_start_date

    left join sources
        on case when merged.media = 'chat' then 'helpdesk' else 'telephony' end
            = sources.source_name

),

final as (

    select
        ---------- ids
        scope_queue_id as queue_id,

        ---------- strings
        scope_type,
        media,

        ---------- numerics
        asa_answered_contacts,
        offered_contacts,
        median_asa_seconds,
        p90_asa_seconds,
        median_queue_wait_seconds,
        p90_queue_wait_seconds,

        ---------- booleans
        offered_contacts < {{ var('small_sample_n') }} as is_small_sample,
        coalesce(source_through_at < month_end_at, true) as is_provisional,

        ---------- dates
        month_start_date,

        ---------- timestamps (UTC)
        least(month_end_at, source_through_at) as data_through_at

    from bounded

)

select * from final
