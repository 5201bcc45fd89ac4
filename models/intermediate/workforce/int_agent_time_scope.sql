-- Grain: one row per delivered agent whose time a partial run has to restate; none in a full run.
-- Since the first day on which a state, a timesheet or a team of the agent is another than it was.
-- Agents that nobody knows share one member and are restated together.

{% set states = ref('stg_workforce__agent_states') -%}
{% set agents = ref('dim_agent') -%}
{# changes of timesheets and teams are known once these are built #}
-- depends_on: {{ ref('stg_workforce__timesheets') }}, {{ ref('int_agent_teams') }}
{# what the last run stored, no input of this one #}
{% set stored_time = stored_relation('core', 'fct_agent_time') -%}

{% if execute and not is_partial_run() -%}
    select
        cast(null as {{ dbt.type_string() }}) as delivered_agent_id,
        cast(null as {{ dbt.type_string() }}) as agent_id,
        cast(null as date) as since_date,
        cast(null as timestamp) as read_since_at

    where 1 = 0
{% else -%}
with

changes as (

    select
        entity,
        {{ agent_since_agent('entity_id') }} as delivered_agent_id,
        {{ agent_since_date('entity_id') }} as date_day

    from {{ change_log() }}

    where entity in ('agent_since', 'agent_team_since')

),

known_agents as (

    select distinct agent_id from {{ agents }}

),

first_days as (

    select
        coalesce(known_agents.agent_id, 'unknown') as agent_id,
        changes.date_day

    from changes

    left join known_agents
        on changes.delivered_agent_id = known_agents.agent_id

    union all

    -- who becomes known leaves the unknown, and the other way round
    select
        'unknown' as agent_id,
        date_day

    from changes

    where entity = 'agent_team_since'

    union all

    -- time was cut at the last as_of, and goes on
    select
        agent_id,
        date_day

    from {{ stored_time }}

    where ended_at >= {{ previous_as_of() }}

    union all

    select
        coalesce(known_agents.agent_id, 'unknown') as agent_id,
        cast(states.started_at as date) as date_day

    from {{ states }} as states

    left join known_agents
        on states.agent_id = known_agents.agent_id

    where {{ has_passed('states.started_at') }}

),

-- a day earlier: local dates and UTC dates differ
since as (

    select
        agent_id,
        {{ add_days('min(date_day)', -1) }} as since_date

    from first_days

    group by agent_id

),

-- The last state before may have no end: it reaches to the next one's start.
delivered_agents as (

    select
        states.agent_id as delivered_agent_id,
        since.agent_id,
        since.since_date,
        coalesce(
            max(
                case
                    when states.started_at < {{ dbt.dateadd('day', -1, 'since.since_date') }}
                        then states.started_at
                end
            ),
            {{ dbt.dateadd('day', -1, 'since.since_date') }}
        ) as read_since_at

    from {{ states }} as states

    left join known_agents
        on states.agent_id = known_agents.agent_id

    inner join since
        on coalesce(known_agents.agent_id, 'unknown') = since.agent_id

    group by
        states.agent_id,
        since.agent_id,
        since.since_date

),

-- Timesheets may be there without states.
without_states as (

    select since.*

    from since

    left join delivered_agents
        on since.agent_id = delivered_agents.agent_id

    where delivered_agents.agent_id is null

),

final as (

    select * from delivered_agents

    union all

    select
        agent_id as delivered_agent_id,
        agent_id,
        since_date,
        {{ dbt.dateadd('day', -1, 'since_date') }} as read_since_at

    from without_states

)

select * from final
{%- endif %}
