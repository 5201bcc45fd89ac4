-- Grain: one row per agent who left.
with

departures as (

    select * from {{ ref('int_agent_departures') }}

),

final as (

    select
        ---------- ids
        agent_id,
        person_id,
        team_id,
        vendor_id,

        ---------- strings
        agent_role,
        site,
        worker_type,
        termination_type,

        ---------- dates
        departure_date

    from departures

)

select * from final
