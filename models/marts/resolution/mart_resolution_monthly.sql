-- Grain: one row per month, scope type and scope.

{{ config(
    materialized='incremental',
    unique_key='month_start_date',
    meta={'scope': {'month': 'month_start_date'}}
) }}

{# Percentiles do not add up, so each scope has its own row: everything, each channel, each team
   (G8). #}
{% set scopes = {
    'global': "'all'",
    'channel': 'channel',
    'team': 'resolved_team_id',
} %}

with

tickets as (

    select * from {{ ref('fct_tickets') }}

    where
        is_valid
        and is_inbound
        and resolved_at is not null
        and {{ is_restated_month('resolved_date') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

sources as (

    select * from {{ ref('dim_source') }}

    where source_name = 'helpdesk'

),

months as (

    select
        month_start_date,
        max(day_end_at) as month_end_at

    from dates

    group by month_start_date

),

scoped as (

    {% for scope_type, scope_id in scopes.items() -%}
        select
            dates.month_start_date,
            '{{ scope_type }}' as scope_type,
            {{ scope_id }} as scope_id,
            tickets.trt_calendar_seconds,
            tickets.trt_business_seconds

        from tickets

        inner join dates
            on tickets.resolved_date = dates.date_day

        {{ 'union all' if not loop.last }}

    {% endfor %}

),

aggregated as (

    select
        month_start_date,
        scope_type,
        scope_id,
        cast(count(*) as {{ dbt.type_bigint() }}) as inbound_tickets_solved,
        percentile_cont(0.5) within group (order by trt_calendar_seconds)
            as median_trt_calendar_seconds,
        percentile_cont(0.9) within group (order by trt_calendar_seconds)
            as p90_trt_calendar_seconds,
        percentile_cont(0.5) within group (order by trt_business_seconds)
            as median_trt_business_seconds,
        percentile_cont(0.9) within group (order by trt_business_seconds)
            as p90_trt_business_seconds

    from scoped

    group by
        month_start_date,
        scope_type,
        scope_id

),

final as (

    select
        ---------- keys
        aggregated.month_start_date,
        aggregated.scope_type,
        aggregated.scope_id,

        ---------- counts
        aggregated.inbound_tickets_solved,

        ---------- percentiles, not additive
        aggregated.median_trt_calendar_seconds,
        aggregated.p90_trt_calendar_seconds,
        aggregated.median_trt_business_seconds,
        aggregated.p90_trt_business_seconds,

        ---------- flags
        aggregated.inbound_tickets_solved < {{ var('small_sample_n') }} as is_small_sample,
        sources.data_through_at < months.month_end_at as is_provisional,

        ---------- timestamps (UTC)
        least(sources.data_through_at, months.month_end_at) as data_through_at

    from aggregated

    inner join months
        on aggregated.month_start_date = months.month_start_date

    cross join sources

)

select * from final
