-- Grain: one row per agent who left.
with

agents as (

    select
        agent_id,
        coalesce(person_id, agent_id) as person_id,
        agent_role,
        termination_type,
        worker_type,
        hire_date,
        termination_date

    from {{ ref('stg_workforce__agents') }}

    -- staff of outsourcers and agencies are no heads of ours (Q131)
    where coalesce(worker_type, 'unknown') not in ('vendor', 'agency')

),

versions as (

    select * from {{ ref('dim_agent') }}

),

-- another spell of the person that goes on, or starts within the gap: nobody left (E27)
continued as (

    select distinct agents.agent_id

    from agents

    inner join agents as other_spells
        on
            agents.person_id = other_spells.person_id
            and agents.agent_id != other_spells.agent_id
            and other_spells.hire_date
            <= {{ add_days('agents.termination_date', var('rehire_gap_days')) }}

    where
        other_spells.termination_date is null
        or other_spells.termination_date > agents.termination_date
        or (
            other_spells.termination_date = agents.termination_date
            and other_spells.agent_id > agents.agent_id
        )

),

final as (

    select
        ---------- ids
        agents.agent_id,
        agents.person_id,
        coalesce(versions.team_id, 'unknown') as team_id,
        coalesce(versions.vendor_id, 'unknown') as vendor_id,

        ---------- strings
        coalesce(versions.agent_role, agents.agent_role, 'unknown') as agent_role,
        coalesce(versions.site, 'unknown') as site,
        coalesce(agents.worker_type, 'unknown') as worker_type,
        coalesce(agents.termination_type, 'unknown') as termination_type,

        ---------- dates
        agents.termination_date as departure_date

    from agents

    left join versions
        on
            agents.agent_id = versions.agent_id
            and agents.termination_date >= versions.valid_from_date
            and agents.termination_date < versions.valid_to_date

    left join continued
        on agents.agent_id = continued.agent_id

    where
        agents.termination_date <= {{ local_date(as_of()) }}
        and continued.agent_id is null
        -- contact-centre roles are all but executive (Q134)
        and coalesce(versions.agent_role, agents.agent_role, 'unknown') != 'executive'

)

select * from final
