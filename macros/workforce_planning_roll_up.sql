{# The query that adds the days of mart_workforce_planning_daily up to weeks or months. -#}
{% macro workforce_planning_roll_up(grain) -%}
{% set start_date = grain ~ '_start_date' -%}
{% set full_time_weeks = {'week': '1', 'month': 'periods.days_in_period / 7.0'}[grain] -%}
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
        {{ start_date }},
        count(*) as days_in_period,
        max(day_end_at) as period_end_at

    from dates

    group by {{ start_date }}

),

dated as (

    select
        days.*,
        dates.{{ start_date }}

    from days

    inner join dates
        on days.date_day = dates.date_day

),

summed as (

    select
        {{ start_date }},
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
        {{ start_date }},
        queue_id,
        team_id,
        vendor_id,
        media,
        site

),

bounded as (

    select
        summed.*,
        cast(
            case
                when summed.planned_hours > 0
                    then {{ var('full_time_weekly_hours') }} * {{ full_time_weeks }}
            end as decimal(18, 6)
        ) as full_time_hours,
        periods.period_end_at,
        sources.data_through_at as source_through_at

    from summed

    inner join periods
        on summed.{{ start_date }} = periods.{{ start_date }}

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
        {{ start_date }},

        ---------- timestamps (UTC)
        least(period_end_at, coalesce(source_through_at, period_end_at)) as data_through_at

    from bounded

)

select * from final
{%- endmacro %}
