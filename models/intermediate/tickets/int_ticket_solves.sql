-- Grain: one row per ticket and solve.
with

-- solves and reopenings, which take turns on each ticket
turns as (

    select * from {{ ref('int_ticket_timeline') }}

    where is_solve or is_reopen

),

replies as (

    select
        ticket_id,
        sent_at

    from {{ ref('int_ticket_messages') }}

    where is_public_human

),

validity as (

    select * from {{ ref('int_ticket_validity') }}

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

-- change_number orders the changes of one instant
followed as (

    select
        *,
        count(case when is_solve then ticket_id end) over (
            partition by ticket_id
            order by change_number
            rows between unbounded preceding and current row
        ) as solve_number,
        count(case when is_solve then ticket_id end) over (
            partition by ticket_id
            order by change_number
            rows between unbounded preceding and unbounded following
        ) as solve_count,
        lead(is_reopen) over (partition by ticket_id order by change_number) as is_reopened,
        lead(changed_at) over (partition by ticket_id order by change_number) as next_changed_at,
        lead(actor_type) over (partition by ticket_id order by change_number) as next_actor_type,
        lead(changed_at, 2) over (partition by ticket_id order by change_number)
            as solved_again_at

    from turns

),

solves as (

    select
        ticket_id,
        solve_number,
        event_id,
        agent_id,
        team_id,
        actor_type,
        actor_id,
        changed_at as solved_at,
        {{ local_date('changed_at') }} as solved_date,
        case when is_reopened then next_changed_at end as reopened_at,
        case when is_reopened then solved_again_at end as solved_again_at,
        solve_number = solve_count as is_last,
        -- only people disagree with a solution (E32); an actor nobody named counts as one
        coalesce(is_reopened, false)
        and coalesce(next_actor_type, 'unknown') not in ('system', 'bot') as is_reopened_by_person,
        coalesce(actor_type, 'unknown') in ('system', 'bot') as is_automated

    from followed

    where is_solve

),

-- Reopened and soon solved again: a "thank you", unless an agent wrote in between.
soon_solved_again as (

    select
        ticket_id,
        solve_number,
        reopened_at,
        solved_again_at

    from solves

    where
        is_reopened_by_person
        and {{ elapsed_seconds('reopened_at', 'solved_again_at') }}
        <= {{ var('soft_reopen_hours') }} * 3600

),

answered_reopens as (

    select distinct
        soon_solved_again.ticket_id,
        soon_solved_again.solve_number

    from soon_solved_again

    inner join replies
        on
            soon_solved_again.ticket_id = replies.ticket_id
            and soon_solved_again.reopened_at <= replies.sent_at
            and soon_solved_again.solved_again_at >= replies.sent_at

),

soft_reopens as (

    select
        soon_solved_again.ticket_id,
        soon_solved_again.solve_number

    from soon_solved_again

    left join answered_reopens
        on
            soon_solved_again.ticket_id = answered_reopens.ticket_id
            and soon_solved_again.solve_number = answered_reopens.solve_number

    where answered_reopens.ticket_id is null

),

final as (

    select
        ---------- ids
        solves.ticket_id,
        solves.event_id as solve_event_id,
        case
            when solves.agent_id is not null then coalesce(known_agents.agent_id, 'unknown')
        end as agent_id,
        -- the team of the assignee, also where automation solved (G9, Q10)
        coalesce(nullif(agents.team_id, 'unknown'), teams.team_id, 'unknown') as team_id,
        case
            when solves.actor_type = 'agent' then coalesce(authors.agent_id, 'unknown')
            when solves.actor_type is null then authors.agent_id
        end as author_agent_id,

        ---------- numerics
        solves.solve_number,

        ---------- booleans
        validity.is_valid,
        validity.is_inbound,
        solves.solve_number = 1 as is_first,
        solves.is_last and not solves.is_reopened_by_person as is_final,
        solves.is_automated,
        solves.is_reopened_by_person,
        soft_reopens.ticket_id is not null as is_soft_reopen,

        ---------- dates
        solves.solved_date,
        {{ local_date('solves.reopened_at') }} as reopened_date,

        ---------- timestamps (UTC)
        solves.solved_at,
        solves.reopened_at

    from solves

    inner join validity
        on solves.ticket_id = validity.ticket_id

    left join teams
        on solves.team_id = teams.team_id

    left join known_agents
        on solves.agent_id = known_agents.agent_id

    left join agents
        on
            solves.agent_id = agents.agent_id
            and solves.solved_date >= agents.valid_from_date
            and solves.solved_date < agents.valid_to_date

    left join known_agents as authors
        on solves.actor_id = authors.agent_id

    left join soft_reopens
        on
            solves.ticket_id = soft_reopens.ticket_id
            and solves.solve_number = soft_reopens.solve_number

)

select * from final
