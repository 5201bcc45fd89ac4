-- Months, quarters and years of the mart have the head-days of fct_headcount_daily and the
-- departures of fct_agent_departures, and nobody stands twice on one day.
with

dates as (

    select * from {{ ref('dim_date') }}

),

-- before the calendar there are no days
first_dates as (

    select min(date_day) as date_day

    from dates

),

head_days as (

    select
        count(*) as head_days,
        count(distinct person_id || cast(date_day as {{ dbt.type_string() }})) as person_days

    from {{ ref('fct_headcount_daily') }}

    where is_counted

),

departures as (

    select count(*) as departures

    from {{ ref('fct_agent_departures') }}

    where departure_date >= (select first_dates.date_day from first_dates)

),

mart_totals as (

    select
        period_grain,
        sum(headcount_days) as head_days,
        sum(departures) as departures

    from {{ ref('mart_people_monthly') }}

    where period_grain != 'wave'

    group by period_grain

),

lost as (

    select
        mart_totals.period_grain,
        mart_totals.head_days,
        mart_totals.departures,
        head_days.head_days as expected_head_days,
        head_days.person_days as expected_person_days,
        departures.departures as expected_departures

    from mart_totals

    cross join head_days

    cross join departures

    where
        mart_totals.head_days != head_days.head_days
        or head_days.head_days != head_days.person_days
        or mart_totals.departures != departures.departures

)

select * from lost
