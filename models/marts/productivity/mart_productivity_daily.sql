-- Grain: one row per local date, agent, team, channel, queue and agent state.

{{ config(
    materialized='incremental',
    unique_key='date_day',
    meta={'scope': {'day': 'date_day'}}
) }}

{# Contacts stand on the day their handling ends, in their channel and queue (G4). An agent's time,
   days and contacts per hour belong to no channel: `all` there. The share of a state stands in rows
   of its own, `all` in every other. Tickets worked on by several agents count once a day: agent and
   team are `all`. Hours that are divided by hours of a timesheet are of days with a timesheet. #}
{% set keys = ['date_day', 'agent_id', 'team_id', 'channel', 'queue_id', 'agent_state'] %}
{% set marks = {
    'handled': [
        'handled_contacts', 'handled_contacts_measured', 'handled_voice_contacts',
        'held_contacts', 'wrap_missing_contacts', 'transferred_contacts',
        'third_party_transfers', 'customer_calls_handled',
    ],
    'agent_contacts': ['agent_contacts'],
    'agent_tickets': ['agent_ticket_days'],
    'tickets': ['ticket_days_handled'],
    'agent_days': ['agent_days_worked'],
} %}
{% set amounts = {
    'handled': [
        'handle_seconds', 'talk_seconds', 'hold_seconds', 'wrap_seconds', 'dial_seconds',
        'contact_work_seconds',
    ],
    'written': ['written_work_seconds'],
    'agent_days': [
        'customer_facing_seconds', 'idle_seconds', 'on_queue_seconds', 'paid_hours',
        'billable_hours', 'billed_hours', 'billable_facing_seconds', 'billed_facing_seconds',
        'paid_facing_seconds', 'paid_on_queue_seconds',
    ],
    'agent_contacts': ['standard_seconds'],
    'states': ['state_seconds', 'total_state_seconds'],
} %}
{% set sets = {} %}
{% for name in ['handled', 'written', 'agent_contacts', 'agent_tickets', 'tickets', 'agent_days',
                'states'] -%}
    {% do sets.update({name: marks.get(name, []) + amounts.get(name, [])}) -%}
{% endfor %}
{# rows of contacts and tickets need no data about agents' time -#}
{% set through_at =
    "case when totalled.channel = 'all' then sources.time_through_at"
    ~ ' else sources.contacts_through_at end' %}
{% set states = [
    'on_contact', 'after_work', 'async_work', 'idle', 'break_paid', 'meal_unpaid', 'training',
    'coaching', 'meeting', 'system_issue', 'unknown_state',
] %}

with

contacts as (

    select * from {{ ref('fct_contacts') }}

    where
        is_handled
        and {{ is_restated_day('handled_date') }}

),

written_work as (

    select * from {{ ref('fct_written_work') }}

    where {{ is_restated_day('sent_date') }}

),

touches as (

    select * from {{ ref('fct_touches') }}

    where {{ is_restated_day('touched_date') }}

),

tickets_valid as (

    select * from {{ ref('fct_tickets') }}

    where is_valid

),

days_of_agents as (

    select * from {{ ref('fct_agent_day') }}

    where {{ is_restated_day('date_day') }}

),

queues as (

    select * from {{ ref('dim_queue') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

business_days as (

    select * from {{ ref('dim_business_day') }}

    where calendar_id = '{{ var("reporting_calendar_id") }}'

),

sources as (

    select
        coalesce(
            min(case when source_name in ('helpdesk', 'telephony') then data_through_at end),
            {{ as_of() }}
        ) as contacts_through_at,
        coalesce(
            min(
                case
                    when source_name in ('helpdesk', 'telephony', 'workforce')
                        then data_through_at
                end
            ),
            {{ as_of() }}
        ) as time_through_at

    from {{ ref('dim_source') }}

),

handled as (

    select
        handled_date as date_day,
        agent_id,
        team_id,
        channel,
        queue_id,
        'all' as agent_state,
        1 as handled_contacts,
        {{ one_if('is_handle_measured') }} as handled_contacts_measured,
        {{ one_if("contact_type = 'call' and is_handle_measured") }}
            as handled_voice_contacts,
        {{ one_if('hold_seconds > 0 or (hold_seconds = 0 and hold_count > 0)') }}
            as held_contacts,
        {{ one_if('is_wrap_missing') }} as wrap_missing_contacts,
        {{ one_if('is_transferred') }} as transferred_contacts,
        {{ one_if('is_third_party_transfer') }} as third_party_transfers,
        {{ one_if("contact_type = 'call' and is_first_handled_leg") }} as customer_calls_handled,
        handle_seconds,
        talk_seconds,
        hold_seconds,
        wrap_seconds,
        dial_seconds,
        -- what is written is counted message by message
        case when contact_type != 'turn' then handle_seconds end
            as contact_work_seconds

    from contacts

),

written as (

    select
        written_work.sent_date as date_day,
        written_work.agent_id,
        written_work.team_id,
        written_work.channel,
        tickets_valid.queue_id,
        'all' as agent_state,
        written_work.work_seconds as written_work_seconds

    from written_work

    inner join tickets_valid
        on written_work.ticket_id = tickets_valid.ticket_id

),

agent_contacts as (

    select
        contacts.handled_date as date_day,
        contacts.agent_id,
        contacts.team_id,
        'all' as channel,
        'all' as queue_id,
        'all' as agent_state,
        1 as agent_contacts,
        queues.standard_handle_seconds as standard_seconds

    from contacts

    left join queues
        on contacts.queue_id = queues.queue_id

),

-- the agent's team of that day; of two, the first by name, so that the ticket counts once
agent_tickets as (

    select
        touches.touched_date as date_day,
        touches.agent_id,
        min(touches.team_id) as team_id,
        'all' as channel,
        'all' as queue_id,
        'all' as agent_state,
        1 as agent_ticket_days

    from touches

    inner join tickets_valid
        on touches.ticket_id = tickets_valid.ticket_id

    group by
        touches.touched_date,
        touches.agent_id,
        touches.ticket_id

),

tickets as (

    select
        touches.touched_date as date_day,
        'all' as agent_id,
        'all' as team_id,
        tickets_valid.channel,
        tickets_valid.queue_id,
        'all' as agent_state,
        1 as ticket_days_handled

    from touches

    inner join tickets_valid
        on touches.ticket_id = tickets_valid.ticket_id

    group by
        touches.touched_date,
        touches.ticket_id,
        tickets_valid.channel,
        tickets_valid.queue_id

),

agent_days as (

    select
        date_day,
        agent_id,
        team_id,
        'all' as channel,
        'all' as queue_id,
        'all' as agent_state,
        {{ one_if('is_worked') }} as agent_days_worked,
        customer_facing_seconds,
        idle_seconds,
        on_queue_seconds,
        paid_hours,
        billable_hours,
        billed_hours,
        case when billable_hours > 0 then customer_facing_seconds end as billable_facing_seconds,
        case when billed_hours > 0 then customer_facing_seconds end as billed_facing_seconds,
        case when paid_hours > 0 then customer_facing_seconds end as paid_facing_seconds,
        case when paid_hours > 0 then on_queue_seconds end as paid_on_queue_seconds

    from days_of_agents

),

states as (

    {% for state in states -%}
        select
            date_day,
            agent_id,
            team_id,
            'all' as channel,
            'all' as queue_id,
            '{{ 'unknown' if state == 'unknown_state' else state }}' as agent_state,
            coalesce({{ state }}_seconds, 0) as state_seconds,
            total_state_seconds

        from days_of_agents

        -- of each state, or a team's share would lack the hours of those who were not in it
        where total_state_seconds > 0

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

stacked as (
    {{ stack_measures(keys, sets) }}

),

summed as (

    select
        date_day,
        coalesce(agent_id, 'unknown') as agent_id,
        coalesce(team_id, 'unknown') as team_id,
        channel,
        queue_id,
        agent_state,
        {{ total_columns(
            marks=marks.values() | sum(start=[]),
            seconds=amounts.values() | sum(start=[]),
        ) }}

    from stacked

    group by
        date_day,
        coalesce(agent_id, 'unknown'),
        coalesce(team_id, 'unknown'),
        channel,
        queue_id,
        agent_state

),

totalled as (

    select
        *,
        (contact_work_seconds + written_work_seconds) / 3600 as work_hours,
        customer_facing_seconds / 3600 as customer_facing_hours,
        idle_seconds / 3600 as idle_hours,
        on_queue_seconds / 3600 as on_queue_hours,
        billable_facing_seconds / 3600 as customer_facing_hours_of_billable,
        billed_facing_seconds / 3600 as customer_facing_hours_of_billed,
        paid_facing_seconds / 3600 as customer_facing_hours_of_paid,
        paid_on_queue_seconds / 3600 as on_queue_hours_of_paid,
        paid_hours - paid_on_queue_seconds / 3600 as off_queue_paid_hours,
        standard_seconds / {{ var('standard_handle_seconds') }} as standard_contacts,
        state_seconds / 3600 as state_hours,
        total_state_seconds / 3600 as total_state_hours

    from summed

),

final as (

    select
        ---------- keys
        totalled.date_day,
        totalled.agent_id,
        totalled.team_id,
        totalled.channel,
        totalled.queue_id,
        totalled.agent_state,

        ---------- additive
        totalled.handled_contacts,
        totalled.handled_contacts_measured,
        totalled.handled_voice_contacts,
        totalled.held_contacts,
        totalled.wrap_missing_contacts,
        totalled.transferred_contacts,
        totalled.third_party_transfers,
        totalled.agent_contacts,
        totalled.standard_contacts,
        totalled.agent_ticket_days,
        totalled.ticket_days_handled,
        totalled.agent_days_worked,
        totalled.handle_seconds,
        totalled.talk_seconds,
        totalled.hold_seconds,
        totalled.wrap_seconds,
        totalled.dial_seconds,
        totalled.customer_facing_hours,
        totalled.idle_hours,
        totalled.on_queue_hours,
        totalled.paid_hours,
        totalled.billable_hours,
        totalled.billed_hours,
        totalled.customer_facing_hours_of_billable,
        totalled.customer_facing_hours_of_billed,
        totalled.customer_facing_hours_of_paid,
        totalled.on_queue_hours_of_paid,
        totalled.off_queue_paid_hours,
        totalled.state_hours,
        totalled.total_state_hours,
        -- 1, and 1 on a business day of the reporting calendar; the same on every row of a day
        cast(1 as {{ dbt.type_bigint() }}) as days,  -- noqa: RF04
        cast({{ count_if('business_days.is_business_day') }} as {{ dbt.type_bigint() }})
            as business_days,

        ---------- KPIs
        totalled.handled_contacts as contacts_handled,
        totalled.customer_calls_handled,
        totalled.transferred_contacts as transfer_count,
        totalled.work_hours as workload_hours,
        totalled.idle_hours as available_hours,
        {{ safe_ratio('totalled.handle_seconds', 'totalled.handled_contacts_measured') }}
            as aht_interaction_mean_seconds,
        {{ safe_ratio('totalled.handled_contacts_measured', 'totalled.handled_contacts') }}
            as aht_coverage_rate,
        {{ safe_ratio('totalled.talk_seconds', 'totalled.handled_voice_contacts') }}
            as talk_mean_seconds,
        {{ safe_ratio('totalled.hold_seconds', 'totalled.handled_voice_contacts') }}
            as hold_mean_seconds,
        {{ safe_ratio('totalled.hold_seconds', 'totalled.held_contacts') }}
            as hold_mean_when_held_seconds,
        {{ safe_ratio('totalled.wrap_seconds', 'totalled.handled_voice_contacts') }}
            as wrap_mean_seconds,
        {{ safe_ratio('totalled.dial_seconds', 'totalled.handled_voice_contacts') }}
            as dial_mean_seconds,
        {{ safe_ratio('totalled.ticket_days_handled', '1') }} as tickets_handled_per_day,
        {{ safe_ratio(
            'totalled.ticket_days_handled', count_if('business_days.is_business_day')
        ) }} as tickets_handled_per_business_day,
        {{ safe_ratio('totalled.agent_ticket_days', 'totalled.agent_days_worked') }}
            as tickets_handled_per_agent_day,
        {{ safe_ratio('totalled.agent_contacts', 'totalled.on_queue_hours') }}
            as agent_throughput_per_hour,
        {{ safe_ratio('totalled.standard_contacts', 'totalled.on_queue_hours') }}
            as agent_throughput_mix_adjusted_per_hour,
        {{ safe_ratio('totalled.transferred_contacts', 'totalled.handled_contacts') }}
            as transfer_rate,
        {{ safe_ratio('totalled.third_party_transfers', 'totalled.handled_contacts') }}
            as third_party_transfer_rate,
        {{ safe_ratio('totalled.customer_facing_hours_of_billable', 'totalled.billable_hours') }}
            as utilization_rate,
        {{ safe_ratio('totalled.customer_facing_hours_of_billed', 'totalled.billed_hours') }}
            as utilization_billed_rate,
        {{ safe_ratio('totalled.customer_facing_hours_of_paid', 'totalled.paid_hours') }}
            as utilization_paid_rate,
        {{ safe_ratio('totalled.on_queue_hours_of_paid', 'totalled.paid_hours') }}
            as utilization_available_rate,
        {{ safe_ratio('totalled.customer_facing_hours', 'totalled.on_queue_hours') }}
            as occupancy_rate,
        {{ safe_ratio('totalled.off_queue_paid_hours', 'totalled.paid_hours') }}
            as shrinkage_rate,
        {{ safe_ratio('totalled.state_hours', 'totalled.total_state_hours') }}
            as agent_time_share,

        ---------- flags
        -- of contacts or of tickets; time is no sample
        totalled.handled_contacts + totalled.agent_contacts + totalled.ticket_days_handled
        < {{ small_sample_limit('totalled.agent_id') }} as is_small_sample,
        {{ through_at }} < dates.day_end_at as is_provisional,

        ---------- timestamps (UTC)
        least({{ through_at }}, dates.day_end_at) as data_through_at

    from totalled

    inner join dates
        on totalled.date_day = dates.date_day

    left join business_days
        on totalled.date_day = business_days.date_day

    cross join sources

)

select * from final
