-- Grain: one row per ticket that was ever solved.
with

solves as (

    select * from {{ ref('int_ticket_solves') }}

),

summarised as (

    select
        ticket_id,
        max(case when is_first then agent_id end) as first_solve_agent_id,
        max(case when is_first then team_id end) as first_solve_team_id,
        max(case when is_final then agent_id end) as resolved_agent_id,
        max(case when is_final then team_id end) as resolved_team_id,
        count(*) as solve_count,
        count(case when is_reopened_by_person then solve_number end) as reopen_count,
        count(case when is_reopened_by_person and not is_soft_reopen then solve_number end)
            as hard_reopen_count,
        max(case when is_first and is_automated then 1 else 0 end) = 1
            as is_first_solve_automated,
        max(case when is_final and is_automated then 1 else 0 end) = 1 as is_automated_solve,
        max(case when is_first then solved_at end) as first_solved_at,
        max(case when is_final then solved_at end) as resolved_at,
        min(case when is_reopened_by_person then reopened_at end) as first_reopened_at

    from solves

    group by ticket_id

),

final as (

    select
        ---------- ids
        ticket_id,
        -- automated solves count in the assignee's team, never for an agent (Q10)
        case
            when is_first_solve_automated then 'unknown'
            else coalesce(first_solve_agent_id, 'unknown')
        end as first_solve_agent_id,
        coalesce(first_solve_team_id, 'unknown') as first_solve_team_id,
        case
            when resolved_at is null then null
            when is_automated_solve then 'unknown'
            else coalesce(resolved_agent_id, 'unknown')
        end as resolved_agent_id,
        case
            when resolved_at is not null then coalesce(resolved_team_id, 'unknown')
        end as resolved_team_id,

        ---------- numerics
        solve_count,
        reopen_count,
        hard_reopen_count,

        ---------- booleans
        is_automated_solve,

        ---------- timestamps (UTC)
        first_solved_at,
        resolved_at,
        first_reopened_at

    from summarised

)

select * from final
