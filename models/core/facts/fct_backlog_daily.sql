-- Grain: one row per local day, channel, queue, team, ticket type, priority, topic and product with
-- tickets in the backlog at the end of the day, or entering or leaving it.
{{ config(
    materialized='incremental',
    unique_key='date_day',
    meta={'scope': {'backlog': 'date_day'}, 'links': {'date': ['date_day']}}
) }}

with

backlog_days as (

    select * from {{ ref('int_backlog_daily') }}

),

final as (

    select
        ---------- keys
        date_day,
        channel,
        queue_id,
        team_id,
        ticket_type,
        priority,
        topic_code,
        product_code,

        ---------- stocks
        backlog_open,
        backlog_unhandled,
        backlog_actionable,
        backlog_within_1d,
        backlog_within_3d,
        backlog_within_7d,
        backlog_within_30d,
        backlog_age_seconds,

        ---------- flows
        backlog_created,
        backlog_reopened,
        backlog_restored,
        backlog_moved_in,
        backlog_solved,
        backlog_deleted,
        backlog_moved_out

    from backlog_days

)

select * from final
