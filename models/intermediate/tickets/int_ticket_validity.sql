-- Grain: one row per ticket created by as_of.
with

tickets as (

    select * from {{ ref('int_tickets_delivered') }}

),

survivors as (

    select * from {{ ref('int_ticket_survivors') }}

),

customers as (

    select * from {{ ref('int_customers_folded') }}

),

queues as (

    select * from {{ ref('cfg_queues') }}

),

timeline as (

    select * from {{ ref('int_ticket_timeline') }}

),

inbound_calls as (

    select
        delivered_ticket_id,
        coalesce(enqueued_at, started_at) as called_at

    from {{ ref('int_call_legs') }}

    where
        direction = 'inbound'
        and delivered_ticket_id is not null

),

first_calls as (

    select
        delivered_ticket_id,
        min(called_at) as first_called_at

    from inbound_calls

    group by delivered_ticket_id

),

first_states as (

    select
        ticket_id,
        queue_id

    from timeline

    where change_number = 0

),

-- Deletions and restorations follow each other: one more deletion means deleted now.
deletions as (

    select
        ticket_id,
        sum(case when ticket_status = 'deleted' then 1 else -1 end) as standing_deletion_count,
        max(case when previous_status = 'deleted' then changed_at end) as restored_at

    from timeline

    where
        is_status_change
        and (ticket_status = 'deleted' or previous_status = 'deleted')

    group by ticket_id

),

flagged as (

    select
        tickets.*,
        survivors.survivor_ticket_id,
        survivors.is_merged,
        coalesce(customers.surviving_customer_id, tickets.customer_id) as folded_customer_id,
        -- without a direction, who opened the ticket says it (E04)
        case
            when tickets.direction in ('inbound', 'outbound') then tickets.direction
            when tickets.submitter_type = 'agent' then 'outbound'
            else 'inbound'
        end as known_direction,
        coalesce(tickets.calendar_id, first_queues.calendar_id, current_queues.calendar_id)
            as frozen_calendar_id,
        -- events win over the export; what happened after as_of did not happen yet (Q09)
        coalesce(
            deletions.standing_deletion_count > 0
            or (
                tickets.deleted_at <= {{ as_of() }}
                and coalesce(deletions.restored_at < tickets.deleted_at, true)
            )
            or (
                tickets.ticket_status = 'deleted'
                and tickets.deleted_at is null
                and deletions.restored_at is null
            ),
            false
        ) as is_deleted

    from tickets

    inner join survivors
        on tickets.ticket_id = survivors.ticket_id

    left join customers
        on tickets.customer_id = customers.customer_id

    left join first_states
        on tickets.ticket_id = first_states.ticket_id

    left join queues as first_queues
        on first_states.queue_id = first_queues.queue_id

    left join queues as current_queues
        on tickets.queue_id = current_queues.queue_id

    left join deletions
        on tickets.ticket_id = deletions.ticket_id

),

-- A phone ticket is opened after the call came in; on other channels a call comes after the
-- request (Q23, Q82).
contacted as (

    select
        flagged.*,
        case
            when flagged.known_direction = 'inbound'
                and flagged.channel = 'phone'
                and first_calls.first_called_at < flagged.created_at
                then first_calls.first_called_at
            else flagged.created_at
        end as own_first_contact_at

    from flagged

    left join first_calls
        on flagged.ticket_id = first_calls.delivered_ticket_id

),

-- What merged tickets of the same known customer bring along (G1, Q05).
inherited as (

    select
        survivor_ticket_id,
        folded_customer_id,
        min(own_first_contact_at) as first_contact_at

    from contacted

    where
        is_merged
        and survivor_ticket_id is not null
        and folded_customer_id is not null

    group by survivor_ticket_id, folded_customer_id

),

final as (

    select
        ---------- ids
        contacted.ticket_id,
        contacted.survivor_ticket_id,
        contacted.folded_customer_id as customer_id,
        contacted.frozen_calendar_id as calendar_id,

        ---------- strings
        coalesce(contacted.channel, 'unknown') as channel,
        contacted.known_direction as direction,

        ---------- booleans
        contacted.known_direction = 'inbound' as is_inbound,
        not coalesce(contacted.is_spam, false)
        and not coalesce(contacted.is_test, false)
        and not coalesce(contacted.is_internal, false)
        and not contacted.is_deleted
        and not contacted.is_merged as is_valid,
        -- only an explicit true excludes (Q08)
        coalesce(contacted.is_spam, false) as is_spam,
        coalesce(contacted.is_test, false) as is_test,
        coalesce(contacted.is_internal, false) as is_internal,
        contacted.is_deleted,
        contacted.is_merged,

        ---------- timestamps (UTC)
        contacted.created_at,
        case
            when inherited.first_contact_at < contacted.own_first_contact_at
                then inherited.first_contact_at
            else contacted.own_first_contact_at
        end as first_contact_at

    from contacted

    left join inherited
        on
            contacted.ticket_id = inherited.survivor_ticket_id
            and contacted.folded_customer_id = inherited.folded_customer_id

)

select * from final
