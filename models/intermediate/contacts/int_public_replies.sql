-- Grain: one row per public message of a human agent.
with

messages as (

    select
        *,
        {{ local_date('sent_at') }} as sent_date

    from {{ ref('int_ticket_messages') }}

    where is_public_human

),

timeline as (

    select * from {{ ref('int_ticket_timeline') }}

),

agents as (

    select * from {{ ref('dim_agent') }}

),

teams as (

    select * from {{ ref('dim_team') }}

),

in_team as (

    select
        messages.message_id,
        messages.ticket_id,
        messages.handle_seconds,
        messages.is_asynchronous,
        messages.sent_date,
        messages.sent_at,
        coalesce(agents.agent_id, 'unknown') as agent_id,
        nullif(agents.team_id, 'unknown') as team_id

    from messages

    left join agents
        on
            messages.author_id = agents.agent_id
            and messages.sent_date >= agents.valid_from_date
            and messages.sent_date < agents.valid_to_date

),

-- the few whose team nobody knows: the ticket's team at that instant
ticket_states as (

    select
        in_team.message_id,
        timeline.team_id,
        -- total order: change_number counts the ticket's changes
        row_number() over (
            partition by in_team.message_id
            order by timeline.change_number desc
        ) as state_rank

    from in_team

    inner join timeline
        on
            in_team.ticket_id = timeline.ticket_id
            and in_team.sent_at >= timeline.changed_at

    where in_team.team_id is null

),

final as (

    select
        ---------- ids
        in_team.message_id,
        in_team.ticket_id,
        in_team.agent_id,
        coalesce(in_team.team_id, teams.team_id, 'unknown') as team_id,

        ---------- numerics
        in_team.handle_seconds,

        ---------- booleans
        in_team.is_asynchronous,

        ---------- dates
        in_team.sent_date,

        ---------- timestamps (UTC)
        in_team.sent_at

    from in_team

    left join ticket_states
        on
            in_team.message_id = ticket_states.message_id
            and ticket_states.state_rank = 1

    left join teams
        on ticket_states.team_id = teams.team_id

)

select * from final
