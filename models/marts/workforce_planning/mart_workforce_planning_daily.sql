-- Grain: one row per local date and queue.
with

intervals as (

    select * from {{ ref('mart_workforce_planning_interval') }}

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
        team_id,
        vendor_id,
        media,
        site,
        {{- workforce_planning_sums() }},
        max(required_agents) as peak_required_agents

    from intervals

    group by
        date_day,
        queue_id,
        team_id,
        vendor_id,
        media,
        site

),

bounded as (

    select
        summed.*,
        -- what is too much at one hour makes up for what is too little at another
        cast(abs(summed.forecast_contacts - summed.actual_contacts) as decimal(24, 6))
            as abs_error_daily,
        -- a full-time week has five such days
        case
            when summed.planned_hours > 0
                then cast({{ var('full_time_weekly_hours') }} / 5.0 as decimal(18, 6))
        end as full_time_hours,
        days.day_end_at,
        sources.data_through_at as source_through_at

    from summed

    inner join days
        on summed.date_day = days.date_day

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
        coalesce(source_through_at < day_end_at, true) as is_provisional,

        ---------- dates
        date_day,

        ---------- timestamps (UTC)
        least(day_end_at, coalesce(source_through_at, day_end_at)) as data_through_at

    from bounded

)

select * from final
