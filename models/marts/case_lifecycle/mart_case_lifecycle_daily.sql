-- Grain: one row per local date, agent who owns the tickets, team and status.
{# Open tickets stand where they are at the end of the day, with the owner and status they have
   then: a running sum of entries and exits, never a row per ticket and day. Time in a status stands
   on the day it ends, with the owner at its start; owner changes of a solved ticket on the day of
   the final solve. An age is the snapshot's instant less the instant of the change, so the sum of
   instants is all that a stock needs. #}
{% set keys = ['agent_id', 'team_id', 'ticket_status'] %}
{% set instants = {
    'status': 'status_since_at', 'owner': 'owner_since_at', 'change': 'changed_at',
} %}
{% set sets = {
    'snapshots': ['open_tickets', 'status_age_seconds', 'owner_age_seconds', 'change_age_seconds'],
    'intervals': [
        'status_intervals', 'status_intervals_business', 'status_interval_seconds',
        'status_interval_business_seconds',
    ],
    'solves': ['reassignments', 'tickets_solved'],
} %}
{% set counts = ['open_tickets', 'reassignments'] %}
{% set marks = ['status_intervals', 'status_intervals_business', 'tickets_solved'] %}
{% set seconds = sets.values() | sum(start=[]) | reject('in', counts + marks) | list %}

with

stretches as (

    select
        ticket_id,
        team_id,
        ticket_status,
        first_day_end_date,
        last_day_end_date,
        case when is_assigned then agent_id else 'unassigned' end as agent_id,
        coalesce(status_since_at, created_at) as known_status_since_at,
        coalesce(owner_since_at, created_at) as known_owner_since_at

    from {{ ref('fct_backlog') }}

    where first_day_end_date is not null

),

status_intervals as (

    select
        ended_date,
        team_id,
        ticket_status,
        calendar_seconds,
        business_seconds,
        case when is_assigned then agent_id else 'unassigned' end as agent_id

    from {{ ref('fct_ticket_status_intervals') }}

    -- an open ticket's: how long it stays solved or closed says nothing (Q72)
    where
        is_valid
        and ended_date is not null
        and ticket_status in ('new', 'open', 'pending', 'hold')

),

assignments as (

    select * from {{ ref('fct_ticket_assignments') }}

    where is_reassignment

),

solved_tickets as (

    select * from {{ ref('fct_tickets') }}

    where
        is_valid
        and resolved_at is not null

),

dates as (

    select * from {{ ref('dim_date') }}

),

sources as (

    select
        data_through_at,
        {{ local_date('data_through_at') }} as last_date

    from {{ ref('dim_source') }}

    where source_name = 'helpdesk'

),

entries_and_exits as (

    {% for sign, date_day in {
        '1': 'first_day_end_date',
        '-1': add_days('last_day_end_date', 1),
    }.items() -%}
        select
            {{ date_day }} as date_day,
            agent_id,
            team_id,
            ticket_status,
            {{ sign }} as open_change,
            {{ sign }} * cast(
                {{ elapsed_seconds("cast('1970-01-01' as timestamp)", 'known_status_since_at') }}
                as decimal(18, 6)
            ) as status_epoch,
            {{ sign }} * cast(
                {{ elapsed_seconds("cast('1970-01-01' as timestamp)", 'known_owner_since_at') }}
                as decimal(18, 6)
            ) as owner_epoch,
            -- the smaller of the two ages
            {{ sign }} * cast(
                {{ elapsed_seconds(
                    "cast('1970-01-01' as timestamp)",
                    'greatest(known_status_since_at, known_owner_since_at)',
                ) }} as decimal(18, 6)
            ) as change_epoch

        from stretches

        where {{ date_day }} is not null

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

changes as (

    select
        date_day,
        {{ keys | join(',\n        ') }},
        sum(open_change) as open_change,
        sum(status_epoch) as status_epoch,
        sum(owner_epoch) as owner_epoch,
        sum(change_epoch) as change_epoch

    from entries_and_exits

    group by
        date_day,
        {{ keys | join(',\n        ') }}

),

running as (

    select
        date_day,
        {{ keys | join(',\n        ') }},
        {% for measure in ['open_change', 'status_epoch', 'owner_epoch', 'change_epoch'] -%}
            sum({{ measure }}) over (
                partition by {{ keys | join(', ') }}
                order by date_day
                rows between unbounded preceding and current row
            ) as {{ measure }}_stock,
        {% endfor -%}
        lead(date_day) over (
            partition by {{ keys | join(', ') }}
            order by date_day
        ) as next_change_date

    from changes

),

-- no stock is claimed for days of which no data has come (E42)
spans as (

    select
        running.*,
        case
            when running.next_change_date <= sources.last_date
                then {{ add_days('running.next_change_date', -1) }}
            else sources.last_date
        end as last_date,
        sources.data_through_at

    from running

    cross join sources

    where running.open_change_stock > 0

),

stock_days as (

    select
        spans.*,
        dates.date_day as stock_date,
        -- the stock of a day that is not over is the stock now
        cast(
            {{ elapsed_seconds(
                "cast('1970-01-01' as timestamp)",
                'least(dates.day_end_at, ' ~ as_of() ~ ')',
            ) }} as decimal(18, 6)
        ) as counted_epoch

    from spans

    inner join dates
        on
            spans.date_day <= dates.date_day
            and spans.last_date >= dates.date_day

    -- fewer days to search through
    where
        dates.date_day >= (select min(changes.date_day) as first_date from changes)
        and dates.date_day <= (select sources.last_date from sources)

),

snapshots as (

    select
        stock_date as date_day,
        {{ keys | join(',\n        ') }},
        open_change_stock as open_tickets,
        open_change_stock * counted_epoch - status_epoch_stock as status_age_seconds,
        open_change_stock * counted_epoch - owner_epoch_stock as owner_age_seconds,
        open_change_stock * counted_epoch - change_epoch_stock as change_age_seconds

    from stock_days

),

intervals as (

    select
        ended_date as date_day,
        {{ keys | join(',\n        ') }},
        1 as status_intervals,
        {{ one_if('business_seconds is not null') }} as status_intervals_business,
        calendar_seconds as status_interval_seconds,
        business_seconds as status_interval_business_seconds

    from status_intervals

),

-- what happens to a ticket after its final solve counts for nothing on it (Q84)
owner_changes as (

    select
        assignments.ticket_id,
        count(*) as reassignment_count

    from assignments

    inner join solved_tickets
        on
            assignments.ticket_id = solved_tickets.ticket_id
            and assignments.assigned_at <= solved_tickets.resolved_at

    group by assignments.ticket_id

),

solves as (

    select
        solved_tickets.resolved_date as date_day,
        solved_tickets.resolved_agent_id as agent_id,
        solved_tickets.resolved_team_id as team_id,
        'solved' as ticket_status,
        owner_changes.reassignment_count as reassignments,
        1 as tickets_solved

    from solved_tickets

    left join owner_changes
        on solved_tickets.ticket_id = owner_changes.ticket_id

),

stacked as (
    {{ stack_measures(['date_day'] + keys, sets) }}

),

summed as (

    select
        date_day,
        coalesce(agent_id, 'unknown') as agent_id,
        coalesce(team_id, 'unknown') as team_id,
        ticket_status,
        {{ total_columns(marks=marks, counts=counts, seconds=seconds) }}

    from stacked

    group by
        date_day,
        coalesce(agent_id, 'unknown'),
        coalesce(team_id, 'unknown'),
        ticket_status

),

final as (

    select
        ---------- keys
        summed.date_day,
        summed.agent_id,
        summed.team_id,
        summed.ticket_status,

        ---------- additive
        {% for measure in sets.values() | sum(start=[]) -%}
            summed.{{ measure }},
        {% endfor %}
        ---------- KPIs
        summed.open_tickets as tickets_by_owner_status,
        {{ safe_ratio('summed.status_age_seconds', 'summed.open_tickets') }}
            as time_since_status_change_seconds,
        {{ safe_ratio('summed.owner_age_seconds', 'summed.open_tickets') }}
            as time_since_owner_change_seconds,
        {{ safe_ratio('summed.change_age_seconds', 'summed.open_tickets') }}
            as time_since_last_change_seconds,
        {{ safe_ratio('summed.status_interval_seconds', 'summed.status_intervals') }}
            as time_in_status_mean_seconds,
        {{ safe_ratio(
            'summed.status_interval_business_seconds', 'summed.status_intervals_business'
        ) }} as time_in_status_mean_business_seconds,
        {{ safe_ratio('summed.reassignments', 'summed.tickets_solved') }}
            as reassignments_per_ticket,

        ---------- flags
        summed.open_tickets + summed.status_intervals + summed.tickets_solved
        < {{ small_sample_limit(
            "case when summed.agent_id = 'unassigned' then 'unknown' else summed.agent_id end"
        ) }} as is_small_sample,
        sources.data_through_at < dates.day_end_at as is_provisional,

        ---------- timestamps (UTC)
        least(sources.data_through_at, dates.day_end_at) as data_through_at

    from summed

    inner join dates
        on summed.date_day = dates.date_day

    cross join sources

)

select * from final
