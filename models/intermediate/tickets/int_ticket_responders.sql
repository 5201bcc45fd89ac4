-- Grain: one row per ticket and response, the first reply or the first solution.
-- Who responded, in the team he or she was in on that local date (G9, Q10).
with

replies as (

    select * from {{ ref('int_ticket_replies_summarised') }}

    where first_reply_at is not null

),

solutions as (

    select * from {{ ref('int_ticket_solutions') }}

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

responses as (

    select
        ticket_id,
        first_reply_agent_id as agent_id,
        'first_reply' as response_type,
        {{ local_date('first_reply_at') }} as responded_date,
        first_reply_at as responded_at

    from replies

    union all

    select
        ticket_id,
        first_solution_agent_id as agent_id,
        'first_solution' as response_type,
        {{ local_date('first_solution_at') }} as responded_date,
        first_solution_at as responded_at

    from solutions

),

known_agents as (

    select distinct agent_id from agents

),

in_team as (

    select
        responses.ticket_id,
        responses.response_type,
        responses.responded_at,
        coalesce(known_agents.agent_id, 'unknown') as agent_id,
        nullif(agents.team_id, 'unknown') as team_id

    from responses

    left join known_agents
        on responses.agent_id = known_agents.agent_id

    left join agents
        on
            responses.agent_id = agents.agent_id
            and responses.responded_date >= agents.valid_from_date
            and responses.responded_date < agents.valid_to_date

),

-- the few whose team nobody knows: the ticket's team at that instant
ticket_states as (

    select
        in_team.ticket_id,
        in_team.response_type,
        timeline.team_id,
        -- total order: change_number counts the ticket's changes
        row_number() over (
            partition by in_team.ticket_id, in_team.response_type
            order by timeline.change_number desc
        ) as state_rank

    from in_team

    inner join timeline
        on
            in_team.ticket_id = timeline.ticket_id
            and in_team.responded_at >= timeline.changed_at

    where in_team.team_id is null

),

final as (

    select
        ---------- ids
        in_team.ticket_id,
        in_team.agent_id,
        coalesce(in_team.team_id, teams.team_id, 'unknown') as team_id,

        ---------- strings
        in_team.response_type

    from in_team

    left join ticket_states
        on
            in_team.ticket_id = ticket_states.ticket_id
            and in_team.response_type = ticket_states.response_type
            and ticket_states.state_rank = 1

    left join teams
        on ticket_states.team_id = teams.team_id

)

select * from final
