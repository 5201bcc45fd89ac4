-- Grain: one row per ticket and change of its state, plus one for its creation.
-- The only pass over the events of a ticket. Everything that is said about its history (status
-- intervals, solves, assignments, backlog) is a filter on these rows, so that they cannot disagree.

{% set live_statuses = "('new', 'open', 'pending', 'hold', 'solved', 'closed')" -%}
{% set open_statuses = "('new', 'open', 'pending', 'hold')" -%}
{% set done_statuses = "('solved', 'closed')" -%}
{# row 0 comes first, whatever the clocks say; events of one instant go by their id (Q09) -#}
{% set event_order = 'event_rank, event_at, event_id' -%}

{# What an event sets, and what it says was there before: expressions and not columns, so that the
   sort carries three columns in place of ten. A creation event sets nothing: its values are the
   initial state. '' stands for "nobody, none": staging leaves no empty text. -#}
{% set creation_status -%}
    case
        when changed_attribute = 'initial_status' and new_value in {{ live_statuses }}
            then new_value
    end
{%- endset -%}
{% set set_status -%}
    case
        when changed_attribute in ('status', 'restored') and new_value in {{ live_statuses }}
            then new_value
    end
{%- endset -%}
{% set old_status -%}
    case
        when changed_attribute != 'status' then null
        when old_value in {{ live_statuses }} then old_value
        when old_value is null and new_value in {{ live_statuses }} then ''
    end
{%- endset -%}
{% set set_lifecycle -%}
    case
        when changed_attribute in ('deleted', 'merged') then changed_attribute
        when changed_attribute = 'restored' then 'live'
        when changed_attribute = 'status' and new_value = 'deleted' then 'deleted'
        when changed_attribute = 'status' and old_value = 'deleted' then 'live'
    end
{%- endset -%}
{% set set_value = {} -%}
{% set old_value = {} -%}
{% for attribute in ['assignee_agent_id', 'team_id', 'queue_id'] -%}
    {%- do set_value.update({
        attribute: "case when changed_attribute = '" ~ attribute ~ "'"
        ~ " then coalesce(new_value, '') end"
    }) -%}
    {%- do old_value.update({
        attribute: "case changed_attribute when '" ~ attribute ~ "' then coalesce(old_value, '')"
        ~ " when 'initial_" ~ attribute ~ "' then coalesce(new_value, '') end"
    }) -%}
{% endfor %}

with

tickets as (

    select
        *,
        case when ticket_status in {{ live_statuses }} then ticket_status end as current_status,
        -- what the export says of a ticket whose history it does not deliver
        case
            when ticket_status in {{ open_statuses }} then cast(null as timestamp)
            else coalesce(solved_at, closed_at)
        end as exported_solve_at

    from {{ ref('stg_helpdesk__tickets') }}

    where
        created_at <= {{ as_of() }}
        and {{ is_restated('ticket', 'ticket_id') }}

),

events as (

    select
        *,
        case event_type
            when 'status_change' then 'status'
            when 'owner_change' then 'assignee_agent_id'
            when 'team_change' then 'team_id'
            when 'queue_change' then 'queue_id'
            when 'created' then 'initial_' || coalesce(field_name, 'status')
            when 'deleted' then event_type
            when 'restored' then event_type
            when 'merged' then event_type
            when 'solution_proposed' then event_type
            else field_name
        end as changed_attribute

    from {{ ref('stg_helpdesk__ticket_events') }}

    where
        event_at <= {{ as_of() }}
        and ticket_id is not null
        and {{ is_restated('ticket', 'ticket_id') }}

),

changes as (

    select
        ticket_id,
        event_id,
        event_type,
        changed_attribute,
        old_value,
        new_value,
        actor_type,
        actor_id,
        event_at,
        1 as event_rank

    from events

    where
        changed_attribute in (
            'status', 'assignee_agent_id', 'team_id', 'queue_id',
            'initial_status', 'initial_assignee_agent_id', 'initial_team_id', 'initial_queue_id',
            'deleted', 'restored', 'merged', 'solution_proposed'
        )

    union all

    select
        ticket_id,
        '' as event_id,
        'created' as event_type,
        null as changed_attribute,
        null as old_value,
        null as new_value,
        null as actor_type,
        null as actor_id,
        created_at as event_at,
        0 as event_rank

    from tickets

    union all

    select
        ticket_id,
        '' as event_id,
        'exported_solve' as event_type,
        'exported_solve' as changed_attribute,
        null as old_value,
        null as new_value,
        null as actor_type,
        null as actor_id,
        exported_solve_at as event_at,
        1 as event_rank

    from tickets

    where exported_solve_at <= {{ as_of() }}

),

-- One sort: all windows have the same partition and order.
filled as (

    select
        *,
        row_number() over (partition by ticket_id order by {{ event_order }})
        - 1 as change_number,
        {{ first_known(creation_status, 'ticket_id', event_order) }} as creation_status,
        {{ first_known(old_status, 'ticket_id', event_order) }} as initial_status,
        {{ last_known_before(set_status, 'ticket_id', event_order) }} as known_status,
        {{ last_known_before(set_lifecycle, 'ticket_id', event_order) }} as known_lifecycle,
        {{ first_known(old_value.assignee_agent_id, 'ticket_id', event_order) }}
            as initial_agent_id,
        {{ last_known_before(set_value.assignee_agent_id, 'ticket_id', event_order) }}
            as known_agent_id,
        {{ first_known(old_value.team_id, 'ticket_id', event_order) }} as initial_team_id,
        {{ last_known_before(set_value.team_id, 'ticket_id', event_order) }} as known_team_id,
        {{ first_known(old_value.queue_id, 'ticket_id', event_order) }} as initial_queue_id,
        {{ last_known_before(set_value.queue_id, 'ticket_id', event_order) }} as known_queue_id

    from changes

),

-- Events of a ticket that is not there are dropped here. The export's solve is used only where no
-- status change was delivered: solved_at is otherwise there to reconcile with.
placed as (

    select
        filled.*,
        tickets.merged_into_ticket_id is not null as is_merged,
        filled.event_rank = 0 as is_first_row,
        coalesce(filled.changed_attribute = 'exported_solve', false) as is_exported_solve,
        -- an event stamped before the creation is clock skew
        case
            when filled.event_at < tickets.created_at then tickets.created_at
            else filled.event_at
        end as changed_at,
        case
            when filled.initial_status is null and tickets.exported_solve_at is not null
                then 'open'
            when filled.initial_status is null
                then coalesce(tickets.current_status, filled.creation_status, 'new')
            else coalesce(nullif(filled.initial_status, ''), filled.creation_status, 'new')
        end as first_status,
        case
            when filled.initial_status is null
                and filled.event_rank = 1
                and filled.event_at >= tickets.exported_solve_at
                then 'solved'
        end as exported_status,
        coalesce(
            filled.known_agent_id,
            filled.initial_agent_id,
            tickets.assignee_agent_id
        ) as previous_agent_id,
        coalesce(filled.known_team_id, filled.initial_team_id, tickets.team_id)
            as previous_team_id,
        coalesce(filled.known_queue_id, filled.initial_queue_id, tickets.queue_id)
            as previous_queue_id

    from filled

    inner join tickets
        on filled.ticket_id = tickets.ticket_id

    where
        filled.changed_attribute is null
        or filled.changed_attribute != 'exported_solve'
        or filled.initial_status is null

),

-- The status as if nothing was ever deleted or merged, and beside it whether it is.
stated as (

    select
        *,
        coalesce({{ set_status }}, exported_status, known_status, first_status) as live_status,
        case
            when exported_status is not null and not is_exported_solve then exported_status
            else coalesce(known_status, first_status)
        end as previous_live_status,
        coalesce({{ set_lifecycle }}, known_lifecycle, 'live') as lifecycle,
        coalesce(known_lifecycle, 'live') as previous_lifecycle

    from placed

),

named as (

    select
        *,
        case
            when lifecycle = 'deleted' or (lifecycle = 'merged' and is_merged) then lifecycle
            else live_status
        end as ticket_status,
        case
            when is_first_row then null
            when previous_lifecycle = 'deleted' or (previous_lifecycle = 'merged' and is_merged)
                then previous_lifecycle
            else previous_live_status
        end as previous_status,
        coalesce({{ set_value.assignee_agent_id }}, previous_agent_id, '') as agent_after,
        coalesce({{ set_value.team_id }}, previous_team_id, '') as team_after,
        coalesce({{ set_value.queue_id }}, previous_queue_id, '') as queue_after,
        coalesce(previous_agent_id, '') as agent_before,
        coalesce(previous_team_id, '') as team_before,
        coalesce(previous_queue_id, '') as queue_before

    from stated

),

final as (

    select
        ---------- ids
        ticket_id,
        change_number,
        nullif(event_id, '') as event_id,
        nullif(agent_after, '') as agent_id,
        nullif(team_after, '') as team_id,
        nullif(queue_after, '') as queue_id,
        case when not is_first_row then nullif(agent_before, '') end as previous_agent_id,
        actor_id,

        ---------- strings
        event_type,
        actor_type,
        ticket_status,
        previous_status,

        ---------- booleans
        is_first_row or ticket_status != previous_status as is_status_change,
        is_first_row or agent_after != agent_before as is_owner_change,
        -- solved, or closed without having been solved (E31). A ticket born solved is solved at
        -- its creation if the history says so; from the current status alone nobody knows when.
        ticket_status in {{ done_statuses }}
        and case
            when is_first_row
                then coalesce(creation_status = first_status, false)
            else previous_live_status in {{ open_statuses }}
        end as is_solve,
        -- by anybody, automation included: the reader decides who counts (E32, Q04)
        not is_first_row
        and ticket_status in {{ open_statuses }}
        and previous_live_status in {{ done_statuses }} as is_reopen,

        ---------- timestamps (UTC)
        changed_at

    from named

    where
        is_first_row
        or event_type = 'solution_proposed'
        or ticket_status != previous_status
        or agent_after != agent_before
        or team_after != team_before
        or queue_after != queue_before

)

select * from final
