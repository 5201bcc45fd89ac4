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
    case when change_type = 'first_status' and new_value in {{ live_statuses }} then new_value end
{%- endset -%}
{% set set_status -%}
    case
        when change_type in ('status', 'restored') and new_value in {{ live_statuses }}
            then new_value
    end
{%- endset -%}
{% set old_status -%}
    case
        when change_type != 'status' then null
        when old_value in {{ live_statuses }} then old_value
        when old_value is null and new_value in {{ live_statuses }} then ''
    end
{%- endset -%}
{% set set_lifecycle -%}
    case
        when change_type in ('deleted', 'merged') then change_type
        when change_type = 'restored' then 'live'
        when change_type = 'status' and new_value = 'deleted' then 'deleted'
        when change_type = 'status' and old_value = 'deleted' then 'live'
    end
{%- endset -%}
{% set set_value = {} -%}
{% set old_value = {} -%}
{% for attribute in ['owner', 'team', 'queue'] -%}
    {%- do set_value.update({
        attribute: "case when change_type = '" ~ attribute ~ "' then coalesce(new_value, '') end"
    }) -%}
    {%- do old_value.update({
        attribute: "case change_type when '" ~ attribute ~ "' then coalesce(old_value, '')"
        ~ " when 'first_" ~ attribute ~ "' then coalesce(new_value, '') end"
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

    from {{ ref('int_tickets_delivered') }}

),

-- What an event is about, in words short enough to be sorted without a detour to the heap; NULL:
-- nothing that the history is made of.
events as (

    select
        *,
        case event_type
            when 'status_change' then 'status'
            when 'owner_change' then 'owner'
            when 'team_change' then 'team'
            when 'queue_change' then 'queue'
            when 'solution_proposed' then 'proposal'
            when 'deleted' then 'deleted'
            when 'restored' then 'restored'
            when 'merged' then 'merged'
            when 'created'
                then
                    case coalesce(field_name, 'status')
                        when 'status' then 'first_status'
                        when 'assignee_agent_id' then 'first_owner'
                        when 'team_id' then 'first_team'
                        when 'queue_id' then 'first_queue'
                    end
            else
                case field_name
                    when 'status' then 'status'
                    when 'assignee_agent_id' then 'owner'
                    when 'team_id' then 'team'
                    when 'queue_id' then 'queue'
                    when 'deleted' then 'deleted'
                    when 'restored' then 'restored'
                    when 'merged' then 'merged'
                end
        end as change_type

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
        change_type,
        old_value,
        new_value,
        actor_type,
        actor_id,
        event_at,
        1 as event_rank

    from events

    where change_type is not null

    union all

    select
        ticket_id,
        '' as event_id,
        'created' as change_type,
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
        'exported' as change_type,
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
        {{ first_known(old_value.owner, 'ticket_id', event_order) }} as initial_agent_id,
        {{ last_known_before(set_value.owner, 'ticket_id', event_order) }} as known_agent_id,
        {{ first_known(old_value.team, 'ticket_id', event_order) }} as initial_team_id,
        {{ last_known_before(set_value.team, 'ticket_id', event_order) }} as known_team_id,
        {{ first_known(old_value.queue, 'ticket_id', event_order) }} as initial_queue_id,
        {{ last_known_before(set_value.queue, 'ticket_id', event_order) }} as known_queue_id

    from changes

),

-- Events of a ticket that is not there are dropped here. The export's solve is used only where no
-- status change was delivered: solved_at is otherwise there to reconcile with.
placed as (

    select
        filled.*,
        tickets.merged_into_ticket_id is not null as is_merged,
        filled.event_rank = 0 as is_first_row,
        filled.change_type = 'exported' as is_exported_solve,
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
            filled.known_agent_id, filled.initial_agent_id, tickets.assignee_agent_id, ''
        ) as agent_before,
        coalesce(filled.known_team_id, filled.initial_team_id, tickets.team_id, '')
            as team_before,
        coalesce(filled.known_queue_id, filled.initial_queue_id, tickets.queue_id, '')
            as queue_before

    from filled

    inner join tickets
        on filled.ticket_id = tickets.ticket_id

    where
        filled.change_type != 'exported'
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
        case when change_type = 'owner' then coalesce(new_value, '') else agent_before end
            as agent_after,
        case when change_type = 'team' then coalesce(new_value, '') else team_before end
            as team_after,
        case when change_type = 'queue' then coalesce(new_value, '') else queue_before end
            as queue_after,
        change_type = 'owner' and coalesce(new_value, '') != agent_before as is_other_owner,
        change_type = 'team' and coalesce(new_value, '') != team_before as is_other_team,
        change_type = 'queue' and coalesce(new_value, '') != queue_before as is_other_queue

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
        actor_id,

        ---------- strings
        change_type,
        actor_type,
        ticket_status,
        previous_status,

        ---------- booleans
        is_first_row or ticket_status != previous_status as is_status_change,
        is_first_row or is_other_owner as is_owner_change,
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
        or change_type = 'proposal'
        or ticket_status != previous_status
        or is_other_owner
        or is_other_team
        or is_other_queue

)

select * from final
