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
        and resolved_at is not null
        and {{ is_restated_month('resolved_date') }}

),

{{ percentile_months(
    date_column='resolved_date',
    scopes={
        'global': "'all'",
        'channel': 'channel',
        'team': 'resolved_team_id',
    },
    count_name='inbound_tickets_solved',
    clocks=['trt_calendar_seconds', 'trt_business_seconds'],
) }}

select * from final
