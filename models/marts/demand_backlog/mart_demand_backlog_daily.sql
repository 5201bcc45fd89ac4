-- Grain: one row per local date, channel, queue, team, ticket type, priority, topic and product.

{{ config(
    materialized='incremental',
    unique_key='date_day',
    meta={'scope': {'day': 'date_day'}}
) }}

{# Tickets count where they are now (Q10), the backlog where the tickets were at the end of the day,
   contacts in their own queue; a contact has the type, priority and product of its ticket.
   Self-service has no queue, no team and no ticket. #}
{% set keys = [
    'date_day', 'channel', 'queue_id', 'team_id', 'ticket_type', 'priority', 'topic_code',
    'product_code',
] %}
{% set sets = {
    'created': [
        'raw_tickets_received', 'tickets_created', 'created_and_resolved', 'created_matured_30d',
        'resolved_within_30d', 'complaints', 'topic_tickets', 'untagged_tickets',
    ],
    'solved': ['tickets_solved'],
    'demands': ['repeat_contacts', 'identified_contacts'],
    'received_contacts': ['contacts'],
    'worked_contacts': ['handled_contacts', 'digital_contacts'],
    'self_service': ['self_service_successes', 'self_service_unmatured'],
    'backlog': [
        'backlog_open', 'backlog_unhandled', 'backlog_actionable', 'backlog_within_1d',
        'backlog_within_3d', 'backlog_within_7d', 'backlog_within_30d', 'backlog_created',
        'backlog_reopened', 'backlog_restored', 'backlog_moved_in', 'backlog_solved',
        'backlog_deleted', 'backlog_moved_out', 'backlog_age_seconds',
    ],
} %}
{% set counts = sets.values() | sum(start=[]) | reject('equalto', 'backlog_age_seconds') | list %}
{% set maturity_seconds = 30 * 86400 %}
{% set additive = counts
    | reject('in', ['tickets_created', 'self_service_unmatured']) | list %}

with

tickets as (

    select * from {{ ref('fct_tickets') }}

),

contacts as (

    select * from {{ ref('fct_contacts') }}

),

customer_contacts as (

    select * from {{ ref('fct_customer_contacts') }}

),

self_service_sessions as (

    select * from {{ ref('fct_self_service_sessions') }}

    where is_successful

),

backlog as (

    select * from {{ ref('fct_backlog_daily') }}

    where {{ is_restated_day('date_day') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

sources as (

    select * from {{ ref('dim_source') }}

    where source_name = 'helpdesk'

),

created as (

    select
        created_date as date_day,
        channel,
        queue_id,
        team_id,
        ticket_type,
        priority,
        topic_code,
        product_code,
        1 as raw_tickets_received,
        {{ one_if('is_valid') }} as tickets_created,
        {{ one_if('is_valid and is_resolved') }} as created_and_resolved,
        {{ one_if(
            'is_valid and ' ~ elapsed_seconds('created_at', as_of()) ~ ' >= ' ~ maturity_seconds
        ) }} as created_matured_30d,
        {{ one_if(
            'is_valid and is_resolved and ' ~ elapsed_seconds('created_at', as_of())
            ~ ' >= ' ~ maturity_seconds ~ ' and ' ~ elapsed_seconds('created_at', 'resolved_at')
            ~ ' <= ' ~ maturity_seconds
        ) }} as resolved_within_30d,
        {{ one_if('is_valid and is_complaint') }} as complaints,
        {{ one_if('is_valid and is_topic_tagged') }} as topic_tickets,
        {{ one_if('is_valid and not is_topic_tagged') }} as untagged_tickets

    from tickets

    where {{ is_restated_day('created_date') }}

),

solved as (

    select
        resolved_date as date_day,
        channel,
        queue_id,
        resolved_team_id as team_id,
        ticket_type,
        priority,
        topic_code,
        product_code,
        1 as tickets_solved

    from tickets

    where
        is_valid
        and resolved_at is not null
        and {{ is_restated_day('resolved_date') }}

),

demands as (

    select
        customer_contacts.demanded_date as date_day,
        customer_contacts.channel,
        customer_contacts.queue_id,
        customer_contacts.team_id,
        coalesce(tickets.ticket_type, 'unknown') as ticket_type,
        coalesce(tickets.priority, 'unknown') as priority,
        customer_contacts.topic_code,
        coalesce(tickets.product_code, 'unknown') as product_code,
        {{ one_if('customer_contacts.is_repeat_contact') }} as repeat_contacts,
        1 as identified_contacts

    from customer_contacts

    left join tickets
        on customer_contacts.ticket_id = tickets.ticket_id

    where {{ is_restated_day('customer_contacts.demanded_date') }}

),

received_contacts as (

    select
        contacts.contact_date as date_day,
        contacts.channel,
        contacts.queue_id,
        contacts.team_id,
        coalesce(tickets.ticket_type, 'unknown') as ticket_type,
        coalesce(tickets.priority, 'unknown') as priority,
        contacts.topic_code,
        coalesce(tickets.product_code, 'unknown') as product_code,
        1 as contacts

    from contacts

    left join tickets
        on contacts.ticket_id = tickets.ticket_id

    where
        contacts.is_contact
        and {{ is_restated_day('contacts.contact_date') }}

),

worked_contacts as (

    select
        contacts.handled_date as date_day,
        contacts.channel,
        contacts.queue_id,
        contacts.team_id,
        coalesce(tickets.ticket_type, 'unknown') as ticket_type,
        coalesce(tickets.priority, 'unknown') as priority,
        contacts.topic_code,
        coalesce(tickets.product_code, 'unknown') as product_code,
        1 as handled_contacts,
        {{ one_if('contacts.is_digital') }} as digital_contacts

    from contacts

    left join tickets
        on contacts.ticket_id = tickets.ticket_id

    where
        contacts.is_handled
        and contacts.handled_date is not null
        and {{ is_restated_day('contacts.handled_date') }}

),

self_service as (

    select
        ended_date as date_day,
        channel,
        'unknown' as queue_id,
        'unknown' as team_id,
        'unknown' as ticket_type,
        'unknown' as priority,
        topic_code,
        'unknown' as product_code,
        1 as self_service_successes,
        -- a contact may still contradict
        {{ one_if('not is_matured') }} as self_service_unmatured

    from self_service_sessions

    where {{ is_restated_day('ended_date') }}

),

stacked as (
    {{ stack_measures(keys, sets) }}

),

summed as (

    select
        {{ keys | join(',\n        ') }},
        {{ total_columns(
            marks=counts | reject('in', sets['backlog']) | list,
            counts=counts | select('in', sets['backlog']) | list,
            seconds=['backlog_age_seconds'],
        ) }}

    from stacked

    group by
        {{ keys | join(',\n        ') }}

),

totals as (

    select
        date_day,
        sum(contacts) as contacts_all_channels,
        sum(tickets_created) as tickets_all_channels,
        sum(topic_tickets) as tagged_tickets

    from summed

    group by date_day

),

final as (

    select
        ---------- keys
        {% for key in keys -%}
            summed.{{ key }},
        {% endfor %}
        ---------- additive; stocks over everything but days
        {% for measure in additive -%}
            summed.{{ measure }},
        {% endfor -%}
        summed.backlog_open - summed.backlog_within_30d as backlog_over_30d,
        summed.backlog_age_seconds,
        -- of the whole day, the same on every row: never add it up
        cast(totals.contacts_all_channels as {{ dbt.type_bigint() }}) as contacts_all_channels,
        cast(totals.tickets_all_channels as {{ dbt.type_bigint() }}) as tickets_all_channels,
        cast(totals.tagged_tickets as {{ dbt.type_bigint() }}) as tagged_tickets,

        ---------- KPIs
        summed.tickets_created,
        summed.contacts as contact_volume,
        summed.complaints as complaint_count,
        summed.backlog_open as backlog_open_tickets,
        summed.backlog_unhandled as backlog_unhandled_tickets,
        summed.backlog_actionable as backlog_actionable_tickets,
        {{ safe_ratio('summed.complaints', 'summed.tickets_created') }} as complaint_rate,
        {{ safe_ratio('summed.created_and_resolved', 'summed.tickets_created') }}
            as resolution_rate_tickets,
        {{ safe_ratio('summed.resolved_within_30d', 'summed.created_matured_30d') }}
            as resolution_rate_tickets_30d,
        {{ safe_ratio('summed.tickets_solved', 'summed.tickets_created') }} as clearance_rate,
        {{ safe_ratio('summed.repeat_contacts', 'summed.identified_contacts') }}
            as repeat_contact_rate,
        {{ safe_ratio('summed.contacts', 'totals.contacts_all_channels') }}
            as channel_volume_share,
        {{ safe_ratio('summed.tickets_created', 'totals.tickets_all_channels') }}
            as channel_ticket_share,
        {{ safe_ratio('summed.topic_tickets', 'totals.tagged_tickets') }} as topic_share,
        {{ safe_ratio('summed.untagged_tickets', 'summed.tickets_created') }}
            as untagged_ticket_rate,
        {{ safe_ratio('summed.digital_contacts', 'summed.handled_contacts') }}
            as digitalisation_rate,
        {{ safe_ratio(
            '(summed.digital_contacts + summed.self_service_successes)',
            '(summed.handled_contacts + summed.self_service_successes)'
        ) }} as digitalisation_incl_selfcare_rate,
        {{ safe_ratio('summed.backlog_age_seconds', 'summed.backlog_open') }}
            as backlog_age_mean_seconds,

        ---------- flags
        summed.tickets_created < {{ var('small_sample_n') }} as is_small_sample,
        sources.data_through_at < dates.day_end_at
        or summed.created_matured_30d < summed.tickets_created
        or summed.self_service_unmatured > 0 as is_provisional,

        ---------- timestamps (UTC)
        least(sources.data_through_at, dates.day_end_at) as data_through_at

    from summed

    inner join totals
        on summed.date_day = totals.date_day

    inner join dates
        on summed.date_day = dates.date_day

    cross join sources

)

select * from final
