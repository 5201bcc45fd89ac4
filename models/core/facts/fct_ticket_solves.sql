-- Grain: one row per ticket and solve.

{{ config(
    materialized='incremental',
    unique_key='ticket_id',
    meta={'scope': {'ticket': 'ticket_id'}}
) }}

with

solves as (

    select * from {{ ref('int_ticket_solves') }}

),

final as (

    select
        ---------- ids
        ticket_id,
        solve_event_id,
        agent_id,
        team_id,
        author_agent_id,

        ---------- numerics
        solve_number,

        ---------- booleans
        is_valid,
        is_inbound,
        is_first,
        is_final,
        is_automated,
        is_reopened_by_person,
        is_soft_reopen,

        ---------- dates
        solved_date,
        reopened_date,

        ---------- timestamps (UTC)
        solved_at,
        reopened_at

    from solves

)

select * from final
