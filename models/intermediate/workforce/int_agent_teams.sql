-- Grain: one row per agent and local date from which another team holds, or none.
-- What facts take from dim_agent, as steps in time: a new assignment changes nothing before its
-- first day, so a partial run need not go back further.

{{ config(
    materialized='incremental',
    unique_key=['agent_id', 'since_date'],
    meta={
        'scope': 'all',
        'links': {'agent_team_since': ["cast(since_date as varchar) || '|' || agent_id"]},
    }
) }}

with

agents as (

    select * from {{ ref('dim_agent') }}

),

starts as (

    select
        agent_id,
        team_id,
        valid_from_date as since_date

    from agents

),

-- a gap, or the end of the last assignment
ends as (

    select
        agents.agent_id,
        'none' as team_id,
        agents.valid_to_date as since_date

    from agents

    left join starts
        on
            agents.agent_id = starts.agent_id
            and agents.valid_to_date = starts.since_date

    where starts.agent_id is null

),

unioned as (

    select * from starts

    union all

    select * from ends

),

final as (

    select
        ---------- ids
        agent_id,
        team_id,

        ---------- dates
        since_date

    from unioned

)

select * from final
