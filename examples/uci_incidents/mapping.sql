-- The audit log of an IT company's incidents → raw tables.
-- Input: one row per update of an incident, all text, `?` where nothing is known.
-- What each choice is for stands in README.md.

create temp macro _known(text) as nullif(nullif(trim(text), '?'), '');

-- The log has no time zone: its clock is read as UTC.
create temp macro _instant(text) as strptime(_known(text), '%d/%m/%Y %H:%M');

create table _updates as
select
    number as ticket_id,
    -- the system counts the updates of an incident; the minute is too coarse to order them
    row_number() over (
        partition by number
        order by cast(sys_mod_count as integer), _instant(sys_updated_at)
    ) as update_number,
    cast(sys_mod_count as integer) as sys_mod_count,
    _known(sys_updated_by) as updated_by,
    -- -100 is missing, and no state of its own
    case incident_state
        when 'New' then 'new'
        when 'Active' then 'open'
        when 'Awaiting User Info' then 'pending'
        when 'Awaiting Vendor' then 'hold'
        when 'Awaiting Problem' then 'hold'
        when 'Awaiting Evidence' then 'hold'
        when 'Resolved' then 'solved'
        when 'Closed' then 'closed'
    end as ticket_status,
    case priority
        when '1 - Critical' then 'urgent'
        when '2 - High' then 'high'
        when '3 - Moderate' then 'normal'
        when '4 - Low' then 'low'
    end as priority,
    -- IVR and Direct opening are no channels of the raw schema: NULL, later `unknown`
    case contact_type
        when 'Phone' then 'phone'
        when 'Email' then 'email'
        when 'Self service' then 'web_form'
    end as channel,
    _known(assignment_group) as team_id,
    _known(assigned_to) as agent_id,
    _known(resolved_by) as resolved_by,
    _known(caller_id) as customer_id,
    _known(opened_by) as opened_by,
    _known(category) as topic_code,
    _known(cmdb_ci) as product_code,
    _known(closed_code) as resolution_code,
    _instant(opened_at) as opened_at,
    _instant(sys_updated_at) as updated_at,
    _instant(resolved_at) as resolved_at,
    _instant(closed_at) as closed_at
from read_parquet(getvariable('input'));

-- Each update beside the one before it. An update stamped before its incident was opened (five of
-- them) says nothing about the order of things: it is delivered, but changes nothing.
create table _changes as
with

placed as (

    select
        *,
        -- a missing state is the last known one
        last_value(ticket_status ignore nulls) over (
            partition by ticket_id
            order by update_number
        ) as known_status

    from _updates

    where updated_at >= opened_at

),

compared as (

    select
        *,
        -- every incident begins as new, with nobody
        lag(known_status, 1, 'new') over history as old_status,
        lag(team_id) over history as old_team_id,
        lag(agent_id) over history as old_agent_id,
        lag(priority, 1, priority) over history as old_priority

    from placed

    window history as (partition by ticket_id order by update_number)

)

select
    *,
    known_status = 'solved'
    and old_status != 'solved'
    and update_number = max(update_number) filter (
        where known_status = 'solved' and old_status != 'solved'
    ) over (partition by ticket_id) as is_last_solve
from compared;

create table ticket_events as
with

events as (

    select
        ticket_id,
        0 as update_number,
        '0_created' as part,
        opened_at as event_at,
        'created' as event_type,
        'status' as field_name,
        cast(null as varchar) as old_value,
        'new' as new_value,
        cast(null as varchar) as actor_type,
        opened_by as actor_id
    from _updates
    where update_number = 1

    union all

    -- the update itself, whatever it changed: the 141,712 rows of the log
    select
        ticket_id,
        update_number,
        '1_update' as part,
        updated_at as event_at,
        null as event_type,
        'sys_mod_count' as field_name,
        null as old_value,
        cast(sys_mod_count as varchar) as new_value,
        null as actor_type,
        updated_by as actor_id
    from _updates

    union all

    select
        ticket_id,
        update_number,
        '2_priority' as part,
        updated_at as event_at,
        'priority_change' as event_type,
        'priority' as field_name,
        old_priority as old_value,
        priority as new_value,
        null as actor_type,
        updated_by as actor_id
    from _changes
    where priority is distinct from old_priority

    union all

    select
        ticket_id,
        update_number,
        '3_team' as part,
        updated_at as event_at,
        'team_change' as event_type,
        'team_id' as field_name,
        old_team_id as old_value,
        team_id as new_value,
        null as actor_type,
        updated_by as actor_id
    from _changes
    where team_id is distinct from old_team_id

    union all

    select
        ticket_id,
        update_number,
        '4_owner' as part,
        updated_at as event_at,
        'owner_change' as event_type,
        'assignee_agent_id' as field_name,
        old_agent_id as old_value,
        agent_id as new_value,
        null as actor_type,
        updated_by as actor_id
    from _changes
    where agent_id is distinct from old_agent_id

    union all

    -- resolved_at and resolved_by are final values: they tell of the last solve
    select
        ticket_id,
        update_number,
        '5_status' as part,
        case when is_last_solve then coalesce(resolved_at, updated_at) else updated_at end
            as event_at,
        'status_change' as event_type,
        'status' as field_name,
        old_status as old_value,
        known_status as new_value,
        -- who resolves is an agent; of the others nobody knows
        case when known_status = 'solved' then 'agent' end as actor_type,
        case when is_last_solve then coalesce(resolved_by, updated_by) else updated_by end
            as actor_id
    from _changes
    where known_status != old_status

)

select
    -- events of one instant are ordered by their id
    ticket_id || ':' || lpad(cast(update_number as varchar), 4, '0') || ':' || part as event_id,
    ticket_id,
    event_at,
    event_type,
    field_name,
    old_value,
    new_value,
    actor_type,
    actor_id
from events;

create table tickets as
with

newest as (

    select * from _updates

    qualify row_number() over (partition by ticket_id order by update_number desc) = 1

),

oldest as (

    select * from _updates

    where update_number = 1

)

select
    newest.ticket_id,
    'servicenow' as source_system,
    newest.opened_at as created_at,
    newest.updated_at,
    -- the channel it came by, whatever somebody wrote there later
    oldest.channel,
    'inbound' as direction,
    'incident' as ticket_type,
    newest.priority,
    newest.ticket_status as status,
    newest.topic_code,
    newest.product_code,
    newest.resolution_code,
    newest.customer_id,
    newest.opened_by as submitter_id,
    newest.agent_id as assignee_agent_id,
    newest.team_id,
    newest.resolved_at as solved_at,
    newest.closed_at
from newest

inner join oldest
    on newest.ticket_id = oldest.ticket_id;

create table agents as
select
    agent_id,
    'agent' as role
from _updates
where agent_id is not null

union

-- numbered apart from the owners: the same person may be here twice
select
    resolved_by as agent_id,
    'agent' as role
from _updates
where resolved_by is not null;

create table teams as
select distinct
    team_id,
    team_id as team_name
from _updates
where team_id is not null;

create table customers as
select distinct customer_id
from _updates
where customer_id is not null;
