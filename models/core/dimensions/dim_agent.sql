-- Grain: one row per agent and version.
-- The versions of an agent follow each other from 1900 to 9999 without gap or overlap: an event of
-- a known agent finds exactly one on any local date (G9), with team unknown while nobody says.

with

agents as (

    select * from {{ ref('stg_workforce__agents') }}

),

teams as (

    select * from {{ ref('dim_team') }}

),

-- what starts after as_of is not known yet (Q09); a reversed or empty validity never was
assignments as (

    select *

    from {{ ref('stg_workforce__agent_assignments') }}

    where
        valid_from <= {{ local_date(as_of()) }}
        and (valid_to is null or valid_to > valid_from)

),

-- of assignments that overlap, the one that starts later wins from its start (E27)
bounded as (

    select
        agent_id,
        team_id,
        team_lead_id,
        agent_role,
        fte,
        valid_from,
        valid_to,
        lead(valid_from) over (partition by agent_id order by valid_from) as next_valid_from

    from assignments

),

cut as (

    select
        agent_id,
        team_id,
        team_lead_id,
        agent_role,
        fte,
        valid_from as valid_from_date,
        least(
            coalesce(valid_to, cast('9999-12-31' as date)),
            coalesce(next_valid_from, cast('9999-12-31' as date))
        ) as valid_to_date,
        next_valid_from

    from bounded

),

people as (

    select agent_id from agents

    union distinct

    select agent_id from assignments

),

versions as (

    select
        agent_id,
        team_id,
        team_lead_id,
        agent_role,
        fte,
        valid_from_date,
        valid_to_date

    from cut

    union all

    -- between assignments, and after the last one
    select
        agent_id,
        null as team_id,
        null as team_lead_id,
        null as agent_role,
        null as fte,
        valid_to_date as valid_from_date,
        coalesce(next_valid_from, cast('9999-12-31' as date)) as valid_to_date

    from cut

    where valid_to_date < coalesce(next_valid_from, cast('9999-12-31' as date))

    union all

    -- before the first one, or always
    select
        people.agent_id,
        null as team_id,
        null as team_lead_id,
        null as agent_role,
        null as fte,
        cast('1900-01-01' as date) as valid_from_date,
        coalesce(min(assignments.valid_from), cast('9999-12-31' as date)) as valid_to_date

    from people

    left join assignments
        on people.agent_id = assignments.agent_id

    group by people.agent_id

),

attributed as (

    select
        versions.agent_id,
        coalesce(agents.person_id, versions.agent_id) as person_id,
        coalesce(teams.team_id, 'unknown') as team_id,
        coalesce(versions.team_lead_id, 'unknown') as team_lead_id,
        case
            when agents.vendor_id is not null then agents.vendor_id
            -- no outsourcer means own staff, unless HR says otherwise or does not know the person
            when agents.worker_type != 'vendor' then 'in_house'
            else coalesce(teams.vendor_id, 'unknown')
        end as vendor_id,
        coalesce(versions.agent_role, agents.agent_role, 'unknown') as agent_role,
        coalesce(agents.site, teams.site, 'unknown') as site,
        coalesce(agents.worker_type, 'unknown') as worker_type,
        coalesce(agents.country, 'unknown') as country,
        coalesce(versions.fte, agents.fte) as fte,
        agents.hire_date,
        agents.termination_date,
        versions.valid_from_date,
        versions.valid_to_date

    from versions

    left join agents
        on versions.agent_id = agents.agent_id

    left join teams
        on versions.team_id = teams.team_id

    where
        versions.agent_id != 'unknown'
        and versions.valid_from_date < versions.valid_to_date

    union all

    select
        'unknown' as agent_id,
        'unknown' as person_id,
        'unknown' as team_id,
        'unknown' as team_lead_id,
        'unknown' as vendor_id,
        'unknown' as agent_role,
        'unknown' as site,
        'unknown' as worker_type,
        'unknown' as country,
        null as fte,
        null as hire_date,
        null as termination_date,
        cast('1900-01-01' as date) as valid_from_date,
        cast('9999-12-31' as date) as valid_to_date

),

final as (

    select
        ---------- ids
        agent_id || '-' || cast(valid_from_date as {{ dbt.type_string() }}) as agent_version_key,
        agent_id,
        person_id,
        team_id,
        team_lead_id,
        vendor_id,

        ---------- strings
        agent_role,
        site,
        worker_type,
        country,

        ---------- numerics
        fte,

        ---------- booleans
        {{ local_date(as_of()) }} >= valid_from_date
        and {{ local_date(as_of()) }} < valid_to_date as is_current,

        ---------- dates
        hire_date,
        termination_date,
        valid_from_date,
        valid_to_date

    from attributed

)

select * from final
