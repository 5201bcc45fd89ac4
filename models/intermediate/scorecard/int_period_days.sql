-- Grain: one row per period grain, period and local date in it.

{% set calendar = {
    'day': 'date_day',
    'week': 'week_start_date',
    'month': 'month_start_date',
    'quarter': 'quarter_start_date',
    'year': 'year_start_date',
} -%}

with

dates as (

    select * from {{ ref('dim_date') }}

),

period_days as (

    {% for grain, start_date in calendar.items() -%}
        select
            '{{ grain }}' as period_grain,
            {{ start_date }} as period_start_date,
            date_day,
            day_end_at

        from dates

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

final as (

    select
        period_grain,
        period_start_date,
        date_day,
        max(date_day) over (partition by period_grain, period_start_date) as period_end_date,
        max(day_end_at) over (partition by period_grain, period_start_date) as period_end_at

    from period_days

)

select * from final
