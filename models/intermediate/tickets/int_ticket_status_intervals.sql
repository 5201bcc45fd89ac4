-- Grain: one row per ticket and stretch of time in one status.
with

status_changes as (

    select * from {{ ref('int_ticket_timeline') }}

    where is_status_change

),

validity as (

    select * from {{ ref('int_ticket_validity') }}

),

agents as (

    select distinct agent_id from {{ ref('dim_agent') }}

),

teams as (

    select * from {{ ref('dim_team') }}

),

queues as (

    select * from {{ ref('dim_queue') }}

),

-- change_number orders the changes of one instant
numbered as (

    select
        *,
        row_number() over (partition by ticket_id order by change_number) as interval_number,
        lead(changed_at) over (partition by ticket_id order by change_number) as next_changed_at

    from status_changes

),

-- What lasts has no end and no length yet: a row changes by what happens, never by time alone.
bounded as (

    select
        *,
        next_changed_at is null as is_open,
        next_changed_at as ended_at

    from numbered

),

final as (

    select
        ---------- ids
        bounded.ticket_id,
        coalesce(queues.queue_id, 'unknown') as queue_id,
        coalesce(teams.team_id, 'unknown') as team_id,
        coalesce(agents.agent_id, 'unknown') as agent_id,

        ---------- strings
        bounded.ticket_status,

        ---------- numerics
        bounded.interval_number,
        {{ elapsed_seconds('bounded.changed_at', 'bounded.ended_at') }} as calendar_seconds,
        {{ business_seconds(
            'start_clock', 'bounded.changed_at', 'end_clock', 'bounded.ended_at'
        ) }} as business_seconds,

        ---------- booleans
        validity.is_valid,
        validity.is_inbound,
        bounded.agent_id is not null as is_assigned,
        bounded.is_open,

        ---------- dates
        {{ local_date('bounded.ended_at') }} as ended_date,

        ---------- timestamps (UTC)
        bounded.changed_at as started_at,
        bounded.ended_at

    from bounded

    inner join validity
        on bounded.ticket_id = validity.ticket_id

    left join queues
        on bounded.queue_id = queues.queue_id

    left join teams
        on bounded.team_id = teams.team_id

    left join agents
        on bounded.agent_id = agents.agent_id

    {{ business_clock_join('start_clock', 'validity.calendar_id', 'bounded.changed_at') }}

    {{ business_clock_join('end_clock', 'validity.calendar_id', 'bounded.ended_at') }}

)

select * from final
