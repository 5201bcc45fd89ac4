-- Grain: one row per ticket with a first solution.
-- Only what an agent did is a solution, and only on tickets where a request was waiting (E03, E04,
-- Q29, Q89). The share that is known from the solve alone is published: source `solve`.

with

tickets as (

    select * from {{ ref('int_ticket_validity') }}

    where is_inbound

),

messages as (

    select * from {{ ref('int_ticket_messages') }}

    where
        is_public_human
        and message_purpose = 'solution'

),

proposals as (

    select * from {{ ref('int_ticket_timeline') }}

    where
        change_type = 'proposal'
        -- somebody nobody named is a person, and customers propose no solutions
        and coalesce(actor_type, 'agent') = 'agent'

),

solves as (

    select * from {{ ref('int_ticket_solves') }}

),

candidates as (

    select
        ticket_id,
        message_id as source_id,
        author_id as agent_id,
        'message' as first_solution_source,
        1 as source_rank,
        sent_at as proposed_at

    from messages

    union all

    select
        ticket_id,
        event_id as source_id,
        actor_id as agent_id,
        'event' as first_solution_source,
        2 as source_rank,
        changed_at as proposed_at

    from proposals

    union all

    select
        ticket_id,
        solve_event_id as source_id,
        coalesce(nullif(author_agent_id, 'unknown'), agent_id) as agent_id,
        'solve' as first_solution_source,
        3 as source_rank,
        solved_at as proposed_at

    from solves

    -- NULL: not by an agent
    where author_agent_id is not null

),

timed as (

    select
        candidates.*,
        tickets.first_contact_at,
        {{ duration_seconds('tickets.first_contact_at', 'candidates.proposed_at') }}
            as solution_seconds

    from candidates

    inner join tickets
        on candidates.ticket_id = tickets.ticket_id

),

ranked as (

    select
        *,
        -- total order: the source, then its key
        row_number() over (
            partition by ticket_id
            order by proposed_at, source_rank, source_id
        ) as solution_rank

    from timed

    where solution_seconds is not null

),

final as (

    select
        ---------- ids
        ranked.ticket_id,
        -- nobody named as author: the assignee at the first solve (Q10)
        coalesce(ranked.agent_id, solves.agent_id) as first_solution_agent_id,

        ---------- strings
        ranked.first_solution_source,

        ---------- timestamps (UTC)
        case
            when ranked.proposed_at < ranked.first_contact_at then ranked.first_contact_at
            else ranked.proposed_at
        end as first_solution_at

    from ranked

    left join solves
        on
            ranked.ticket_id = solves.ticket_id
            and solves.is_first

    where ranked.solution_rank = 1

)

select * from final
