-- Grain: one row per ticket and assignment to an agent.
with

timeline as (

    select * from {{ ref('int_ticket_timeline') }}

),

validity as (

    select * from {{ ref('int_ticket_validity') }}

),

messages as (

    select * from {{ ref('int_ticket_messages') }}

    where is_public_human

),

answered_calls as (

    select * from {{ ref('int_call_legs') }}

    where
        ticket_id is not null
        and answered_at <= {{ as_of() }}
        and coalesce(direction, 'inbound') in ('inbound', 'callback')

),

answered_chats as (

    select * from {{ ref('int_chat_sessions') }}

    where
        ticket_id is not null
        and first_agent_message_at <= {{ as_of() }}

),

agents as (

    select * from {{ ref('dim_agent') }}

),

known_agents as (

    select distinct agent_id from agents

),

teams as (

    select * from {{ ref('dim_team') }}

),

-- what opens an assignment or ends one: another owner, none, a deletion or a merge
boundaries as (

    select
        ticket_id,
        change_number,
        agent_id,
        team_id,
        changed_at,
        is_owner_change
        and agent_id is not null
        and ticket_status not in ('deleted', 'merged') as is_assignment,
        lead(changed_at) over (partition by ticket_id order by change_number) as ended_at

    from timeline

    where
        is_owner_change
        or (is_status_change and ticket_status in ('deleted', 'merged'))

),

assignments as (

    select
        ticket_id,
        agent_id,
        team_id,
        changed_at as assigned_at,
        ended_at,
        row_number() over (partition by ticket_id order by change_number) as assignment_number,
        lag(agent_id) over (partition by ticket_id order by change_number) as last_agent_id

    from boundaries

    where is_assignment

),

-- What counts as the agent's answer (Q28). A message has no place among the events of its instant,
-- so both ends of an assignment include it: whoever replies and hands over in one step has replied.
responses as (

    select
        ticket_id,
        author_id as agent_id,
        sent_at as responded_at

    from messages

    union all

    select
        answered_calls.ticket_id,
        answered_calls.agent_id,
        answered_calls.answered_at as responded_at

    from answered_calls

    inner join validity
        on answered_calls.ticket_id = validity.ticket_id

    where validity.channel = 'phone'

    union all

    select
        ticket_id,
        agent_id,
        first_agent_message_at as responded_at

    from answered_chats

    union all

    select
        ticket_id,
        actor_id as agent_id,
        changed_at as responded_at

    from timeline

    where
        is_solve
        and coalesce(actor_type, 'agent') = 'agent'

),

first_responses as (

    select
        assignments.ticket_id,
        assignments.assignment_number,
        min(responses.responded_at) as replied_at

    from assignments

    inner join responses
        on
            assignments.ticket_id = responses.ticket_id
            and assignments.agent_id = responses.agent_id
            and assignments.assigned_at <= responses.responded_at
            and coalesce(assignments.ended_at, responses.responded_at) >= responses.responded_at

    group by assignments.ticket_id, assignments.assignment_number

),

dated as (

    select
        assignments.*,
        first_responses.replied_at,
        {{ local_date('assignments.assigned_at') }} as assigned_date,
        {{ local_date('first_responses.replied_at') }} as replied_date

    from assignments

    left join first_responses
        on
            assignments.ticket_id = first_responses.ticket_id
            and assignments.assignment_number = first_responses.assignment_number

),

final as (

    select
        ---------- ids
        dated.ticket_id,
        coalesce(known_agents.agent_id, 'unknown') as agent_id,
        coalesce(nullif(agents.team_id, 'unknown'), teams.team_id, 'unknown') as team_id,

        ---------- numerics
        dated.assignment_number,
        {{ elapsed_seconds('dated.assigned_at', 'dated.replied_at') }} as tat_calendar_seconds,
        {{ business_seconds(
            'start_clock', 'dated.assigned_at', 'end_clock', 'dated.replied_at'
        ) }} as tat_business_seconds,

        ---------- booleans
        validity.is_valid,
        validity.is_inbound,
        dated.replied_at is not null as is_replied,
        -- another agent than the last one, nobody in between left aside (Q73)
        coalesce(dated.agent_id != dated.last_agent_id, false) as is_reassignment,

        ---------- dates
        dated.assigned_date,
        dated.replied_date,
        {{ local_date('dated.ended_at') }} as ended_date,

        ---------- timestamps (UTC)
        dated.assigned_at,
        dated.ended_at,
        dated.replied_at

    from dated

    inner join validity
        on dated.ticket_id = validity.ticket_id

    left join teams
        on dated.team_id = teams.team_id

    left join known_agents
        on dated.agent_id = known_agents.agent_id

    -- the team on the day of the answer, which is the day the observation belongs to (G4, G9)
    left join agents
        on
            dated.agent_id = agents.agent_id
            and coalesce(dated.replied_date, dated.assigned_date) >= agents.valid_from_date
            and coalesce(dated.replied_date, dated.assigned_date) < agents.valid_to_date

    {{ business_clock_join('start_clock', 'validity.calendar_id', 'dated.assigned_at') }}

    {{ business_clock_join('end_clock', 'validity.calendar_id', 'dated.replied_at') }}

)

select * from final
