-- Grain: one row per month and team with a forecast for one of its queues.
with

staffing as (

    select * from {{ ref('fct_staffing_intervals') }}

    where required_fte is not null

),

-- who takes contacts; the lead and the trainer of a team are no staff for its queues
spells as (

    select * from {{ ref('fct_headcount_spells') }}

    where
        is_counted
        and agent_role = 'agent'

),

teams as (

    select * from {{ ref('dim_team') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

months as (

    select
        month_start_date,
        min(date_day) as first_date,
        max(date_day) as last_date,
        count(*) as days_in_month,
        max(day_end_at) as month_end_at

    from dates

    group by month_start_date

),

requirements as (

    select
        {{ period_start('month', 'date_day') }} as month_start_date,
        team_id,
        cast(
            sum(cast(required_fte * interval_minutes / 60.0 as decimal(28, 12)))
            as {{ type_double() }}
        ) as required_fte_hours

    from staffing

    group by
        {{ period_start('month', 'date_day') }},
        team_id

),

-- a month that goes on is cut at as_of (Q103)
cut_months as (

    select
        month_start_date,
        first_date,
        least(last_date, {{ as_of_date() }}) as cut_date

    from months

    where first_date <= {{ as_of_date() }}

),

headcount as (

    select
        cut_months.month_start_date,
        spells.team_id,
        sum(
            {{ days_between(
                'greatest(spells.from_date, cut_months.first_date)',
                'least(spells.to_date, cut_months.cut_date)',
            ) }} + 1
        ) as headcount_days

    from spells

    inner join cut_months
        on
            spells.from_date <= cut_months.cut_date
            and spells.to_date >= cut_months.first_date

    group by
        cut_months.month_start_date,
        spells.team_id

),

joined as (

    select
        requirements.month_start_date,
        requirements.team_id,
        teams.vendor_id,
        teams.site,
        requirements.required_fte_hours,
        -- what others staff would weigh on the rate of several teams
        case when headcount.headcount_days is not null then requirements.required_fte_hours end
            as required_fte_hours_of_staffed,
        cast(
            {{ var('full_time_weekly_hours') }} * months.days_in_month / 7.0 as decimal(18, 6)
        ) as full_time_hours,
        cast(headcount.headcount_days as {{ dbt.type_bigint() }}) as headcount_days,
        cast(
            {{ days_between('cut_months.first_date', 'cut_months.cut_date') }} + 1
            as {{ dbt.type_bigint() }}
        ) as days,  -- noqa: RF04
        months.month_end_at

    from requirements

    inner join months
        on requirements.month_start_date = months.month_start_date

    left join cut_months
        on requirements.month_start_date = cut_months.month_start_date

    left join headcount
        on
            requirements.month_start_date = headcount.month_start_date
            and requirements.team_id = headcount.team_id

    left join teams
        on requirements.team_id = teams.team_id

),

final as (

    select
        ---------- ids
        team_id,
        coalesce(vendor_id, 'unknown') as vendor_id,

        ---------- strings
        coalesce(site, 'unknown') as site,

        ---------- numerics
        required_fte_hours,
        required_fte_hours_of_staffed,
        full_time_hours,
        headcount_days,
        days,
        {{ safe_ratio(
            '(headcount_days * full_time_hours)', '(required_fte_hours_of_staffed * days)'
        ) }} as headcount_staffing_rate,

        ---------- booleans
        coalesce(headcount_days < {{ var('small_sample_agent_n') }} * days, true)
            as is_small_sample,
        {{ as_of() }} < month_end_at as is_provisional,

        ---------- dates
        month_start_date,

        ---------- timestamps (UTC)
        least(month_end_at, {{ as_of() }}) as data_through_at

    from joined

)

select * from final
