-- Grain: one row per valid ticket and stretch of time in which it is open and nothing about it
-- changes: status, owner, team, queue, handled or not.

{% set open_statuses = "('new', 'open', 'pending', 'hold')" -%}

with

validity as (

    select * from {{ ref('int_ticket_validity') }}

    where is_valid

),

changes as (

    select * from {{ ref('int_ticket_timeline') }}

    -- the one kind of row that changes no state
    where change_type != 'proposal'

),

-- everything that makes a request a handled one (Q71)
human_actions as (

    select
        ticket_id,
        sent_at as handled_at

    from {{ ref('int_ticket_messages') }}

    where is_public_human

    union all

    select
        ticket_id,
        answered_at as handled_at

    from {{ ref('int_call_legs') }}

    where
        ticket_id is not null
        and disposition = 'answered'
        and answered_at <= {{ as_of() }}
        and coalesce(direction, 'inbound') != 'internal'

    union all

    select
        ticket_id,
        first_agent_message_at as handled_at

    from {{ ref('int_chat_sessions') }}

    where
        ticket_id is not null
        and first_agent_message_at <= {{ as_of() }}

),

handled as (

    select
        ticket_id,
        min(handled_at) as handled_at

    from human_actions

    group by ticket_id

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

-- One sort; change_number orders the changes of one instant.
followed as (

    select
        changes.*,
        lead(changes.changed_at) over (
            partition by changes.ticket_id
            order by changes.change_number
        ) as left_at,
        lead(changes.ticket_status) over (
            partition by changes.ticket_id
            order by changes.change_number
        ) as next_status,
        {{ last_known(
            'case when changes.is_status_change then changes.changed_at end',
            'changes.ticket_id', 'changes.change_number'
        ) }} as status_since_at,
        {{ last_known(
            'case when changes.is_owner_change then changes.changed_at end',
            'changes.ticket_id', 'changes.change_number'
        ) }} as owner_since_at

    from changes

    inner join validity
        on changes.ticket_id = validity.ticket_id

),

-- The reasons are the flows that roll the backlog from one day to the next (Q04).
stretches as (

    select
        followed.*,
        followed.changed_at as entered_at,
        case
            when followed.previous_status is null then 'created'
            when followed.previous_status in {{ open_statuses }} then 'changed'
            when followed.is_reopen and followed.previous_status in ('solved', 'closed')
                then 'reopened'
            else 'restored'
        end as entry_reason,
        case
            when followed.next_status in {{ open_statuses }} then 'changed'
            when followed.next_status in ('solved', 'closed') then 'solved'
            else followed.next_status
        end as exit_reason,
        handled.handled_at,
        coalesce(handled.handled_at <= followed.changed_at, false) as is_handled_before,
        coalesce(
            handled.handled_at > followed.changed_at
            and (followed.left_at is null or handled.handled_at < followed.left_at),
            false
        ) as is_handled_meanwhile

    from followed

    left join handled
        on followed.ticket_id = handled.ticket_id

    where followed.ticket_status in {{ open_statuses }}

),

-- A stretch in which the first human answer falls is two: before and from that instant on.
parts as (

    select
        *,
        true as is_unhandled,
        entered_at as part_entered_at,
        case when is_handled_meanwhile then handled_at else left_at end as part_left_at,
        entry_reason as part_entry_reason,
        case when is_handled_meanwhile then 'changed' else exit_reason end as part_exit_reason

    from stretches

    where not is_handled_before

    union all

    select
        *,
        false as is_unhandled,
        case when is_handled_meanwhile then handled_at else entered_at end as part_entered_at,
        left_at as part_left_at,
        case when is_handled_meanwhile then 'changed' else entry_reason end as part_entry_reason,
        exit_reason as part_exit_reason

    from stretches

    where is_handled_before or is_handled_meanwhile

),

dated as (

    select
        *,
        {{ local_date('part_entered_at') }} as entered_date,
        {{ local_date('part_left_at') }} as left_date

    from parts

),

final as (

    select
        ---------- ids
        dated.ticket_id,
        dated.change_number,
        coalesce(queues.queue_id, 'unknown') as queue_id,
        coalesce(teams.team_id, 'unknown') as team_id,
        coalesce(agents.agent_id, 'unknown') as agent_id,

        ---------- strings
        dated.ticket_status,
        dated.part_entry_reason as entry_reason,
        dated.part_exit_reason as exit_reason,

        ---------- booleans
        dated.agent_id is not null as is_assigned,
        dated.is_unhandled,
        dated.ticket_status in ('new', 'open') as is_actionable,

        ---------- dates
        dated.entered_date,
        dated.left_date,
        -- What happens exactly at 24:00 is after the cut (Q71): it has the next local date.
        case
            when dated.left_date is null or dated.left_date > dated.entered_date
                then dated.entered_date
        end as first_day_end_date,
        case
            when dated.left_date > dated.entered_date
                then {{ add_days('dated.left_date', -1) }}
        end as last_day_end_date,

        ---------- timestamps (UTC)
        validity.created_at,
        dated.part_entered_at as entered_at,
        dated.part_left_at as left_at,
        dated.status_since_at,
        dated.owner_since_at

    from dated

    inner join validity
        on dated.ticket_id = validity.ticket_id

    left join queues
        on dated.queue_id = queues.queue_id

    left join teams
        on dated.team_id = teams.team_id

    left join agents
        on dated.agent_id = agents.agent_id

)

select * from final
