-- The open tickets of all owners are the backlog of each day, and the solved ones all that are.
with

owners as (

    select
        date_day,
        sum(open_tickets) as open_tickets,
        sum(tickets_solved) as tickets_solved

    from {{ ref('mart_case_lifecycle_daily') }}

    group by date_day

),

backlog as (

    select
        date_day,
        sum(backlog_open) as backlog_open

    from {{ ref('fct_backlog_daily') }}

    group by date_day

),

solves as (

    select
        resolved_date as date_day,
        count(*) as tickets_solved

    from {{ ref('fct_tickets') }}

    where
        is_valid
        and resolved_at is not null

    group by resolved_date

),

compared as (

    select
        owners.date_day,
        owners.open_tickets,
        owners.tickets_solved,
        backlog.backlog_open,
        solves.tickets_solved as solved_of_facts

    from owners

    full outer join backlog
        on owners.date_day = backlog.date_day

    full outer join solves
        on coalesce(owners.date_day, backlog.date_day) = solves.date_day

),

failed as (

    select * from compared

    where
        coalesce(open_tickets, 0) != coalesce(backlog_open, 0)
        or coalesce(tickets_solved, 0) != coalesce(solved_of_facts, 0)

)

select * from failed
