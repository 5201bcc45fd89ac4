-- Grain: one row per week and queue.
-- A view: the week is a sum of days, and nothing is defined twice.
{{ config(materialized='view') }}

with

days as (

    select * from {{ ref('mart_workforce_planning_daily') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

sources as (

    select * from {{ ref('dim_source') }}

),

periods as (

    select
        week_start_date,
        count(*) as days_in_period,
        max(day_end_at) as period_end_at

    from dates

    group by week_start_date

),

dated as (

    select
        days.*,
        dates.week_start_date

    from days

    inner join dates
        on days.date_day = dates.date_day

),

summed as (

    select
        week_start_date,
        queue_id,
        team_id,
        vendor_id,
        media,
        site,
        {{- workforce_planning_sums() }},
        cast(sum(abs_error_daily) as decimal(24, 6)) as abs_error_daily,
        max(peak_required_agents) as peak_required_agents

    from dated

    group by
        week_start_date,
        queue_id,
        team_id,
        vendor_id,
        media,
        site

),

bounded as (

    select
        summed.*,
        case
            when summed.planned_hours > 0
                then cast({{ var('full_time_weekly_hours') }} as decimal(18, 6))
        end as full_time_hours,
        periods.period_end_at,
        sources.data_through_at as source_through_at

    from summed

    inner join periods
        on summed.week_start_date = periods.week_start_date

    left join sources
        on case when summed.media = 'voice' then 'telephony' else 'helpdesk' end
            = sources.source_name

),

final as (

    select
        ---------- ids
        queue_id,
        team_id,
        vendor_id,

        ---------- strings
        media,
        site,

        ---------- numerics
        abs_error_daily,
        full_time_hours,
        peak_required_agents,
        {{- workforce_planning_columns(is_roll_up=true) }},

        ---------- booleans
        actual_contacts < {{ var('small_sample_n') }} as is_small_sample,
        coalesce(source_through_at < period_end_at, true) as is_provisional,

        ---------- dates
        week_start_date,

        ---------- timestamps (UTC)
        least(period_end_at, coalesce(source_through_at, period_end_at)) as data_through_at

    from bounded

)

select * from final
