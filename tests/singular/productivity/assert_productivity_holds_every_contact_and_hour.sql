-- Contacts, seconds, hours and tickets of the mart are those of its facts: nothing lost, nothing
-- twice. Hours to the microsecond per row.
with

marts as (

    select
        sum(handled_contacts) as handled_contacts,
        sum(agent_contacts) as agent_contacts,
        sum(customer_calls_handled) as customer_calls,
        sum(handle_seconds) as handle_seconds,
        sum(customer_facing_hours) as customer_facing_hours,
        sum(on_queue_hours) as on_queue_hours,
        sum(paid_hours) as paid_hours,
        sum(ticket_days_handled) as ticket_days,
        sum(agent_ticket_days) as agent_ticket_days

    from {{ ref('mart_productivity_daily') }}

),

contacts as (

    select
        count(*) as handled_contacts,
        count(
            distinct case when contact_type = 'call' then initial_contact_id end
        ) as customer_calls,
        coalesce(sum(handle_seconds), 0) as handle_seconds

    from {{ ref('fct_contacts') }}

    where is_handled

),

agent_days as (

    select
        coalesce(sum(customer_facing_hours), 0) as customer_facing_hours,
        coalesce(sum(on_queue_hours), 0) as on_queue_hours,
        coalesce(sum(paid_hours), 0) as paid_hours

    from {{ ref('fct_agent_day') }}

),

touches as (

    select distinct
        touches.ticket_id,
        touches.touched_date,
        coalesce(touches.agent_id, 'unknown') as agent_id

    from {{ ref('fct_touches') }} as touches

    inner join {{ ref('fct_tickets') }} as tickets
        on touches.ticket_id = tickets.ticket_id

    where tickets.is_valid

),

touch_counts as (

    select
        count(distinct ticket_id || '|' || cast(touched_date as {{ dbt.type_string() }}))
            as ticket_days,
        count(*) as agent_ticket_days

    from touches

),

failed as (

    select marts.*

    from marts

    cross join contacts

    cross join agent_days

    cross join touch_counts

    where
        coalesce(marts.handled_contacts, 0) != contacts.handled_contacts
        or coalesce(marts.agent_contacts, 0) != contacts.handled_contacts
        or coalesce(marts.customer_calls, 0) != contacts.customer_calls
        or abs(coalesce(marts.handle_seconds, 0) - contacts.handle_seconds) > 0.001
        or abs(coalesce(marts.customer_facing_hours, 0) - agent_days.customer_facing_hours) > 0.001
        or abs(coalesce(marts.on_queue_hours, 0) - agent_days.on_queue_hours) > 0.001
        or abs(coalesce(marts.paid_hours, 0) - agent_days.paid_hours) > 0.001
        or coalesce(marts.ticket_days, 0) != touch_counts.ticket_days
        or coalesce(marts.agent_ticket_days, 0) != touch_counts.agent_ticket_days

)

select * from failed
