-- Heads of a team today are those of yesterday, plus who was hired or came from another team, minus
-- whose last day was yesterday and who went to another team (8.5).
with

days as (

    select
        team_id,
        date_day,
        count(*) as heads,
        count(case when is_hire or is_move_in then agent_id end) as arrivals,
        count(case when is_departure or is_last_day_before_move then agent_id end) as leavers

    from {{ ref('fct_headcount_daily') }}

    where is_counted

    group by
        team_id,
        date_day

),

-- a day without heads has no row, so both neighbours of each day are looked up
following as (

    select
        team_id,
        {{ add_days('date_day', 1) }} as date_day

    from days

    where date_day < {{ as_of_date() }}

    union distinct

    select
        team_id,
        date_day

    from days

),

compared as (

    select
        following.team_id,
        following.date_day,
        coalesce(days.heads, 0) as heads,
        coalesce(days_before.heads, 0)
        - coalesce(days_before.leavers, 0)
        + coalesce(days.arrivals, 0) as expected_heads

    from following

    left join days
        on
            following.team_id = days.team_id
            and following.date_day = days.date_day

    left join days as days_before
        on
            following.team_id = days_before.team_id
            and {{ add_days('following.date_day', -1) }} = days_before.date_day

    inner join {{ ref('dim_date') }} as dates
        on {{ add_days('following.date_day', -1) }} = dates.date_day

),

wrong as (

    select * from compared

    where heads != expected_heads

)

select * from wrong
