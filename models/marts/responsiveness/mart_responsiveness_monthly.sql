-- Grain: one row per month, scope type and scope.

{{ config(
    materialized='incremental',
    unique_key='month_start_date',
    meta={'scope': {'month': 'month_start_date'}}
) }}

with

tickets as (

    select * from {{ ref('fct_tickets') }}

    where
        is_valid
        and is_inbound
        and is_replied
        and {{ is_restated_month('first_reply_date') }}

),

{{ percentile_months(
    date_column='first_reply_date',
    scopes={
        'global': "'all'",
        'channel': 'channel',
        'queue': 'queue_id',
        'team': 'first_reply_team_id',
    },
    count_name='first_replied_tickets',
    clocks=['frt_calendar_seconds', 'frt_business_seconds'],
) }}

select * from final
