-- Grain: one row per local date, channel, queue, team, agent, ticket type, priority and topic.

{{ config(
    materialized='incremental',
    unique_key='date_day',
    meta={'scope': {'day': 'date_day'}}
) }}

{# Every KPI has the date and the agent of its own event (G4, G9): first reply, turn reply,
   assignment reply, solution, solve; the request KPIs are dated at first contact (Q10). #}
{% set keys = [
    'date_day', 'channel', 'queue_id', 'team_id', 'agent_id', 'ticket_type', 'priority',
    'topic_code',
] %}
{% set marks = {
    'first_replies': [
        'first_replied_tickets', 'first_replied_tickets_business', 'first_replies_within_24h',
        'same_day_first_replies', 'sdr_first_replied_tickets', 'frt_within_15min',
        'frt_within_1h', 'frt_within_4h', 'frt_within_8h', 'frt_within_24h', 'frt_within_48h',
    ],
    'first_answers': ['first_answered_tickets'],
    'bot_answers': ['bot_answered_conversations'],
    'requests': [
        'inbound_requests', 'unreplied_tickets', 'matured_requests',
        'same_day_replied_requests', 'matured_24h_requests', 'requests_replied_within_24h',
        'open_cohort_requests',
    ],
    'turns': ['answered_turns', 'answered_turns_business'],
    'assignments': ['assignments_replied', 'assignments_replied_business'],
    'lost_assignments': ['assignments_without_reply'],
    'solutions': [
        'tickets_with_solution', 'tickets_with_solution_business', 'solutions_from_solve',
    ],
    'solves': ['inbound_tickets_solved', 'inbound_tickets_solved_business'],
} %}
{% set seconds = {
    'first_replies': ['frt_calendar_seconds', 'frt_business_seconds'],
    'first_answers': ['ticket_first_answer_seconds'],
    'bot_answers': ['bot_first_answer_seconds'],
    'turns': ['turn_response_seconds', 'turn_response_business_seconds'],
    'assignments': ['tat_business_seconds', 'tat_calendar_seconds'],
    'solutions': ['tfs_calendar_seconds', 'tfs_business_seconds'],
    'solves': ['requester_wait_seconds', 'requester_wait_business_seconds'],
} %}
{% set sets = {} %}
{% for name, measures in marks.items() -%}
    {% do sets.update({name: measures + seconds.get(name, [])}) -%}
{% endfor %}

with

tickets as (

    select * from {{ ref('fct_tickets') }}

    where
        is_valid
        and is_inbound

),

reply_turns as (

    select * from {{ ref('fct_reply_turns') }}

    where is_replied

),

ticket_assignments as (

    select * from {{ ref('fct_ticket_assignments') }}

),

bot_conversations as (

    select * from {{ ref('fct_bot_conversations') }}

    where first_bot_answer_at is not null

),

dates as (

    select * from {{ ref('dim_date') }}

),

sources as (

    select * from {{ ref('dim_source') }}

    where source_name = 'helpdesk'

),

first_replies as (

    select
        first_reply_date as date_day,
        channel,
        queue_id,
        first_reply_team_id as team_id,
        first_reply_agent_id as agent_id,
        ticket_type,
        priority,
        topic_code,
        frt_calendar_seconds,
        frt_business_seconds,
        1 as first_replied_tickets,
        {{ one_if('frt_business_seconds is not null') }} as first_replied_tickets_business,
        {{ one_if('is_within_24h') }} as first_replies_within_24h,
        {{ one_if('is_same_day') }} as same_day_first_replies,
        {{ one_if('is_same_day is not null') }} as sdr_first_replied_tickets,
        {{ one_if('frt_calendar_seconds <= 900') }} as frt_within_15min,
        {{ one_if('frt_calendar_seconds <= 3600') }} as frt_within_1h,
        {{ one_if('frt_calendar_seconds <= 14400') }} as frt_within_4h,
        {{ one_if('frt_calendar_seconds <= 28800') }} as frt_within_8h,
        {{ one_if('frt_calendar_seconds <= 86400') }} as frt_within_24h,
        {{ one_if('frt_calendar_seconds <= 172800') }} as frt_within_48h

    from tickets

    where
        is_replied
        and {{ is_restated_day('first_reply_date') }}

),

-- first answer by a human or a bot; nobody's personal figure, so without agent
first_answers as (

    select
        first_answered_date as date_day,
        channel,
        queue_id,
        team_id,
        'unknown' as agent_id,
        ticket_type,
        priority,
        topic_code,
        frt_incl_bot_seconds as ticket_first_answer_seconds,
        1 as first_answered_tickets

    from tickets

    where
        frt_incl_bot_seconds is not null
        and {{ is_restated_day('first_answered_date') }}

),

-- a conversation that became a ticket counts once, on the ticket (Q25)
bot_answers as (

    select
        first_bot_answer_date as date_day,
        channel,
        'unknown' as queue_id,
        'unknown' as team_id,
        'unknown' as agent_id,
        'unknown' as ticket_type,
        'unknown' as priority,
        topic_code,
        first_answer_seconds as bot_first_answer_seconds,
        1 as bot_answered_conversations

    from bot_conversations

    where
        ticket_id is null
        and {{ is_restated_day('first_bot_answer_date') }}

),

requests as (

    select
        first_contact_date as date_day,
        channel,
        queue_id,
        team_id,
        assignee_agent_id as agent_id,
        ticket_type,
        priority,
        topic_code,
        1 as inbound_requests,
        {{ one_if('not is_replied') }} as unreplied_tickets,
        {{ one_if('is_sdr_matured') }} as matured_requests,
        {{ one_if('is_sdr_matured and is_same_day') }} as same_day_replied_requests,
        {{ one_if('is_24h_matured') }} as matured_24h_requests,
        {{ one_if('is_24h_matured and is_within_24h') }} as requests_replied_within_24h,
        {{ one_if('not is_24h_matured or (calendar_id is not null and not is_sdr_matured)') }}
            as open_cohort_requests

    from tickets

    where {{ is_restated_day('first_contact_date') }}

),

turns as (

    select
        reply_turns.replied_date as date_day,
        reply_turns.channel,
        reply_turns.queue_id,
        reply_turns.team_id,
        reply_turns.agent_id,
        tickets.ticket_type,
        tickets.priority,
        tickets.topic_code,
        reply_turns.response_calendar_seconds as turn_response_seconds,
        reply_turns.response_business_seconds as turn_response_business_seconds,
        1 as answered_turns,
        {{ one_if('reply_turns.response_business_seconds is not null') }}
            as answered_turns_business

    from reply_turns

    inner join tickets
        on reply_turns.ticket_id = tickets.ticket_id

    where {{ is_restated_day('reply_turns.replied_date') }}

),

assignments as (

    select
        ticket_assignments.replied_date as date_day,
        tickets.channel,
        tickets.queue_id,
        ticket_assignments.team_id,
        ticket_assignments.agent_id,
        tickets.ticket_type,
        tickets.priority,
        tickets.topic_code,
        ticket_assignments.tat_business_seconds,
        ticket_assignments.tat_calendar_seconds,
        1 as assignments_replied,
        {{ one_if('ticket_assignments.tat_business_seconds is not null') }}
            as assignments_replied_business

    from ticket_assignments

    inner join tickets
        on ticket_assignments.ticket_id = tickets.ticket_id

    where
        ticket_assignments.is_replied
        and {{ is_restated_day('ticket_assignments.replied_date') }}

),

-- ended, by another owner or with the ticket, before the owner replied
lost_assignments as (

    select
        ticket_assignments.ended_date as date_day,
        tickets.channel,
        tickets.queue_id,
        ticket_assignments.team_id,
        ticket_assignments.agent_id,
        tickets.ticket_type,
        tickets.priority,
        tickets.topic_code,
        1 as assignments_without_reply

    from ticket_assignments

    inner join tickets
        on ticket_assignments.ticket_id = tickets.ticket_id

    where
        not ticket_assignments.is_replied
        and ticket_assignments.ended_at is not null
        and {{ is_restated_day('ticket_assignments.ended_date') }}

),

solutions as (

    select
        first_solution_date as date_day,
        channel,
        queue_id,
        first_solution_team_id as team_id,
        first_solution_agent_id as agent_id,
        ticket_type,
        priority,
        topic_code,
        tfs_calendar_seconds,
        tfs_business_seconds,
        1 as tickets_with_solution,
        {{ one_if('tfs_business_seconds is not null') }} as tickets_with_solution_business,
        {{ one_if("first_solution_source = 'solve'") }} as solutions_from_solve

    from tickets

    where
        tfs_calendar_seconds is not null
        and {{ is_restated_day('first_solution_date') }}

),

solves as (

    select
        resolved_date as date_day,
        channel,
        queue_id,
        resolved_team_id as team_id,
        -- what an automation solved counts in the team, never for an agent (Q10)
        case when is_automated_solve then 'unknown' else resolved_agent_id end as agent_id,
        ticket_type,
        priority,
        topic_code,
        requester_wait_seconds,
        requester_wait_business_seconds,
        1 as inbound_tickets_solved,
        {{ one_if('requester_wait_business_seconds is not null') }}
            as inbound_tickets_solved_business

    from tickets

    where
        resolved_at is not null
        and {{ is_restated_day('resolved_date') }}

),

stacked as (
    {{ stack_measures(keys, sets) }}

),

summed as (

    select
        {{ keys | join(',\n        ') }},
        {{ total_columns(
            marks=marks.values() | sum(start=[]),
            seconds=seconds.values() | sum(start=[]),
        ) }}

    from stacked

    group by
        {{ keys | join(',\n        ') }}

),

final as (

    select
        ---------- keys
        summed.date_day,
        summed.channel,
        summed.queue_id,
        summed.team_id,
        summed.agent_id,
        summed.ticket_type,
        summed.priority,
        summed.topic_code,

        ---------- additive
        summed.first_replied_tickets,
        summed.first_replied_tickets_business,
        summed.first_replies_within_24h,
        summed.same_day_first_replies,
        summed.sdr_first_replied_tickets,
        summed.frt_within_15min,
        summed.frt_within_1h,
        summed.frt_within_4h,
        summed.frt_within_8h,
        summed.frt_within_24h,
        summed.frt_within_48h,
        summed.first_answered_tickets + summed.bot_answered_conversations
            as first_answered_tickets,
        summed.inbound_requests,
        summed.unreplied_tickets,
        summed.matured_requests,
        summed.same_day_replied_requests,
        summed.matured_24h_requests,
        summed.requests_replied_within_24h,
        summed.answered_turns,
        summed.answered_turns_business,
        summed.assignments_replied,
        summed.assignments_replied_business,
        summed.assignments_without_reply,
        summed.tickets_with_solution,
        summed.tickets_with_solution_business,
        summed.solutions_from_solve,
        summed.inbound_tickets_solved,
        summed.inbound_tickets_solved_business,
        summed.frt_calendar_seconds,
        summed.frt_business_seconds,
        summed.ticket_first_answer_seconds + summed.bot_first_answer_seconds
            as frt_incl_bot_seconds,
        summed.turn_response_seconds,
        summed.turn_response_business_seconds,
        summed.tat_business_seconds,
        summed.tat_calendar_seconds,
        summed.tfs_calendar_seconds,
        summed.tfs_business_seconds,
        summed.requester_wait_seconds,
        summed.requester_wait_business_seconds,

        ---------- KPIs
        {{ safe_ratio('summed.frt_calendar_seconds', 'summed.first_replied_tickets') }}
            as frt_mean_calendar_seconds,
        {{ safe_ratio('summed.frt_business_seconds', 'summed.first_replied_tickets_business') }}
            as frt_mean_business_seconds,
        {{ safe_ratio(
            '(summed.ticket_first_answer_seconds + summed.bot_first_answer_seconds)',
            '(summed.first_answered_tickets + summed.bot_answered_conversations)',
        ) }} as frt_incl_bot_mean_seconds,
        {{ safe_ratio('summed.turn_response_seconds', 'summed.answered_turns') }}
            as response_time_mean_seconds,
        {{ safe_ratio('summed.turn_response_business_seconds', 'summed.answered_turns_business') }}
            as response_time_mean_business_seconds,
        {{ safe_ratio('summed.first_replies_within_24h', 'summed.first_replied_tickets') }}
            as response_within_24h_rate,
        {{ safe_ratio('summed.requests_replied_within_24h', 'summed.matured_24h_requests') }}
            as response_within_24h_request_rate,
        {{ safe_ratio('summed.same_day_first_replies', 'summed.sdr_first_replied_tickets') }}
            as sdr_rate,
        {{ safe_ratio('summed.same_day_replied_requests', 'summed.matured_requests') }}
            as sdr_request_rate,
        {{ safe_ratio('summed.tat_business_seconds', 'summed.assignments_replied_business') }}
            as tat_mean_seconds,
        {{ safe_ratio('summed.tat_calendar_seconds', 'summed.assignments_replied') }}
            as tat_mean_calendar_seconds,
        {{ safe_ratio('summed.tfs_calendar_seconds', 'summed.tickets_with_solution') }}
            as tfs_mean_seconds,
        {{ safe_ratio('summed.tfs_business_seconds', 'summed.tickets_with_solution_business') }}
            as tfs_mean_business_seconds,
        {{ safe_ratio('summed.solutions_from_solve', 'summed.tickets_with_solution') }}
            as tfs_from_solve_share,
        {{ safe_ratio('summed.requester_wait_seconds', 'summed.inbound_tickets_solved') }}
            as requester_wait_mean_seconds,
        {{ safe_ratio(
            'summed.requester_wait_business_seconds', 'summed.inbound_tickets_solved_business'
        ) }} as requester_wait_mean_business_seconds,

        ---------- flags
        summed.first_replied_tickets < {{ small_sample_limit('summed.agent_id') }}
            as is_small_sample,
        sources.data_through_at < dates.day_end_at
        or summed.open_cohort_requests > 0 as is_provisional,

        ---------- timestamps (UTC)
        least(sources.data_through_at, dates.day_end_at) as data_through_at

    from summed

    inner join dates
        on summed.date_day = dates.date_day

    cross join sources

)

select * from final
