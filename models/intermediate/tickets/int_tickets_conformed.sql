-- Grain: one row per ticket created by as_of.
-- The attributes a ticket carries, with the unknown member for what is missing or in no dimension
-- (E36). A value that the help desk invented stays as delivered where no dimension lists it.

with

tickets as (

    select * from {{ ref('int_tickets_delivered') }}

    where {{ is_restated('ticket', 'ticket_id') }}

),

validity as (

    select * from {{ ref('int_ticket_validity') }}

),

survivors as (

    select * from {{ ref('int_ticket_survivors') }}

),

customers as (

    select * from {{ ref('int_customers_folded') }}

),

channels as (

    select * from {{ ref('dim_channel') }}

),

topics as (

    select * from {{ ref('dim_topic') }}

),

queues as (

    select * from {{ ref('dim_queue') }}

),

teams as (

    select * from {{ ref('dim_team') }}

),

known_agents as (

    select distinct agent_id from {{ ref('dim_agent') }}

),

-- valid tickets re-created from a closed one, at the ticket that survives (C19)
followups as (

    select
        survivors.survivor_ticket_id as ticket_id,
        count(*) as followup_count

    from validity

    inner join tickets
        on validity.ticket_id = tickets.ticket_id

    inner join survivors
        on tickets.followup_of_ticket_id = survivors.ticket_id

    where
        validity.is_valid
        -- a follow-up merged back into its parent is no second ticket
        and survivors.survivor_ticket_id != validity.ticket_id

    group by survivors.survivor_ticket_id

),

final as (

    select
        ---------- ids
        validity.ticket_id,
        validity.survivor_ticket_id,
        tickets.followup_of_ticket_id,
        validity.customer_id,
        validity.calendar_id,
        coalesce(queues.queue_id, 'unknown') as queue_id,
        coalesce(teams.team_id, 'unknown') as team_id,
        coalesce(known_agents.agent_id, 'unknown') as assignee_agent_id,

        ---------- strings
        coalesce(tickets.source_system, 'unknown') as source_system,
        coalesce(channels.channel, 'unknown') as channel,
        validity.direction,
        coalesce(tickets.ticket_type, 'unknown') as ticket_type,
        -- a ticket without any history has the status that was delivered
        coalesce(tickets.ticket_status, 'unknown') as delivered_ticket_status,
        coalesce(tickets.priority, 'unknown') as priority,
        coalesce(topics.topic_code, 'unknown') as topic_code,
        coalesce(tickets.product_code, 'unknown') as product_code,
        tickets.resolution_code,
        coalesce(tickets.brand, 'unknown') as brand,
        coalesce(tickets.language, 'unknown') as language,
        coalesce(tickets.country, 'unknown') as country,
        coalesce(customers.customer_segment, 'unknown') as customer_segment,

        ---------- numerics
        coalesce(followups.followup_count, 0) as followup_count,

        ---------- booleans
        validity.is_valid,
        validity.is_inbound,
        validity.is_merged,
        validity.is_spam,
        validity.is_test,
        validity.is_internal,
        validity.is_deleted,
        coalesce(tickets.is_complaint, false) as is_complaint,
        -- a code that nobody knows is a tag all the same (Q119)
        tickets.topic_code is not null as is_topic_tagged,
        -- false only where policy says so
        coalesce(tickets.fcr_eligible, true) as fcr_eligible,
        tickets.agent_fcr_flag,
        -- NULL without either code: topics without a standard are out of the KPI
        tickets.resolution_code = topics.standard_resolution_code as is_standard_resolution,

        ---------- timestamps (UTC)
        validity.created_at,
        validity.first_contact_at,
        case when tickets.closed_at <= {{ as_of() }} then tickets.closed_at end as closed_at,
        case when tickets.deleted_at <= {{ as_of() }} then tickets.deleted_at end as deleted_at

    from validity

    inner join tickets
        on validity.ticket_id = tickets.ticket_id

    left join customers
        on validity.customer_id = customers.customer_id

    left join channels
        on tickets.channel = channels.channel

    left join topics
        on tickets.topic_code = topics.topic_code

    left join queues
        on tickets.queue_id = queues.queue_id

    left join teams
        on tickets.team_id = teams.team_id

    left join known_agents
        on tickets.assignee_agent_id = known_agents.agent_id

    left join followups
        on validity.ticket_id = followups.ticket_id

)

select * from final
