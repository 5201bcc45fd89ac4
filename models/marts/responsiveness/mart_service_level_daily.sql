-- Grain: one row per local date, queue and media.
-- A view: the day is a sum of intervals, and nothing is defined twice.
{{ config(materialized='view') }}

with

intervals as (

    select * from {{ ref('mart_service_level_interval') }}

),

days as (

    select * from {{ ref('dim_date') }}

),

sources as (

    select * from {{ ref('dim_source') }}

),

summed as (

    select
        date_day,
        queue_id,
        media,
        {{- service_level_sums() }}

    from intervals

    group by
        date_day,
        queue_id,
        media

),

bounded as (

    select
        summed.*,
        days.day_end_at,
        sources.data_through_at as source_through_at

    from summed

    left join days
        on summed.date_day = days.date_day

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
        coalesce(source_through_at < day_end_at, true) as is_provisional,

        ---------- dates
        date_day,

        ---------- timestamps (UTC)
        least(day_end_at, source_through_at) as data_through_at

    from bounded

)

select * from final
