-- Grain: one row per local date, channel, team, agent, ticket type, priority, topic and product.

{{ config(
    materialized='incremental',
    unique_key='date_day',
    meta={'scope': {'day': 'date_day'}}
) }}

{# Solves and all that is counted per solved ticket stand on the day of the final solve; first
   solves, reopens and customer turns on their own day (G4). Headline durations are of inbound
   tickets only and have their own denominators (Q02). #}
{% set keys = [
    'date_day', 'channel', 'team_id', 'agent_id', 'ticket_type', 'priority', 'topic_code',
    'product_code',
] %}
{% set counts = {
    'resolved': [
        'tickets_solved', 'inbound_tickets_solved', 'inbound_tickets_solved_business',
        'inbound_solved_with_reply', 'inbound_tickets_closed', 'automated_solves',
        'one_touch_tickets', 'fcr_agent_true', 'fcr_agent_flagged', 'fcr_agent_net_true',
        'fcr_agent_net_flagged', 'fcr_both_agree', 'fcr_both_known', 'fcr_both_agent_true',
        'fcr_both_survey_true', 'agent_touches', 'inbound_contacts_on_solved',
        'tickets_with_proactive_followup', 'distinct_agents', 'standard_resolutions',
        'coded_resolutions', 'trt_within_1h', 'trt_within_4h', 'trt_within_24h',
        'trt_within_48h', 'trt_within_7d', 'trt_within_30d',
    ],
    'first_solves': [
        'first_solved_tickets', 'inbound_first_solved', 'inbound_first_solved_business',
        'first_solved_matured', 'reopened_30d', 'first_solved_reopened',
        'fcr_operational_true', 'fcr_operational_matured', 'open_cohort_tickets',
    ],
    'solve_rows': ['solve_events'],
    'reopen_rows': ['reopens', 'hard_reopens'],
    'followups': ['followup_tickets'],
    'turns': ['customer_turns', 'chased_turns'],
} %}
{# counts of a ticket, to add up; all others are marks of one ticket or event -#}
{% set amounts = ['agent_touches', 'inbound_contacts_on_solved', 'distinct_agents'] %}
{% set seconds = {
    'resolved': [
        'trt_calendar_seconds', 'trt_business_seconds', 'trt_last_reply_seconds',
        'trt_closed_seconds', 'ticket_handle_seconds',
    ],
    'first_solves': ['first_resolution_seconds', 'first_resolution_business_seconds'],
} %}
{% set sets = {} %}
{% for name, measures in counts.items() -%}
    {% do sets.update({name: measures + seconds.get(name, [])}) -%}
{% endfor %}
{% set additive = (
    counts.values() | sum(start=[]) + seconds.values() | sum(start=[])
) | reject('in', ['tickets_solved', 'open_cohort_tickets']) | list %}

with

tickets as (

    select * from {{ ref('fct_tickets') }}

    where is_valid

),

ticket_solves as (

    select * from {{ ref('fct_ticket_solves') }}

),

reply_turns as (

    select * from {{ ref('fct_reply_turns') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

business_days as (

    select * from {{ ref('dim_business_day') }}

    where calendar_id = '{{ var("reporting_calendar_id") }}'

),

sources as (

    select * from {{ ref('dim_source') }}

    where source_name = 'helpdesk'

),

resolved as (

    select
        resolved_date as date_day,
        channel,
        resolved_team_id as team_id,
        -- what an automation solved counts in the team, never for an agent (Q10)
        case when is_automated_solve then 'unknown' else resolved_agent_id end as agent_id,
        ticket_type,
        priority,
        topic_code,
        product_code,
        1 as tickets_solved,
        {{ one_if('is_inbound') }} as inbound_tickets_solved,
        {{ one_if('is_inbound and trt_business_seconds is not null') }}
            as inbound_tickets_solved_business,
        {{ one_if('is_inbound and trt_last_reply_seconds is not null') }}
            as inbound_solved_with_reply,
        {{ one_if('is_inbound and trt_closed_seconds is not null') }} as inbound_tickets_closed,
        {{ one_if('is_automated_solve') }} as automated_solves,
        {{ one_if('is_one_touch') }} as one_touch_tickets,
        {{ one_if('agent_fcr_flag') }} as fcr_agent_true,
        {{ one_if('agent_fcr_flag is not null') }} as fcr_agent_flagged,
        {{ one_if('agent_fcr_flag and fcr_eligible') }} as fcr_agent_net_true,
        {{ one_if('agent_fcr_flag is not null and fcr_eligible') }} as fcr_agent_net_flagged,
        {{ one_if('agent_fcr_flag = fcr_survey') }} as fcr_both_agree,
        {{ one_if('agent_fcr_flag is not null and fcr_survey is not null') }} as fcr_both_known,
        {{ one_if('agent_fcr_flag and fcr_survey is not null') }} as fcr_both_agent_true,
        {{ one_if('fcr_survey and agent_fcr_flag is not null') }} as fcr_both_survey_true,
        agent_touch_count as agent_touches,
        inbound_contact_count as inbound_contacts_on_solved,
        {{ one_if('has_proactive_followup') }} as tickets_with_proactive_followup,
        distinct_agent_count as distinct_agents,
        {{ one_if('is_standard_resolution') }} as standard_resolutions,
        {{ one_if('is_standard_resolution is not null') }} as coded_resolutions,
        {{ one_if('is_inbound and trt_calendar_seconds <= 3600') }} as trt_within_1h,
        {{ one_if('is_inbound and trt_calendar_seconds <= 14400') }} as trt_within_4h,
        {{ one_if('is_inbound and trt_calendar_seconds <= 86400') }} as trt_within_24h,
        {{ one_if('is_inbound and trt_calendar_seconds <= 172800') }} as trt_within_48h,
        {{ one_if('is_inbound and trt_calendar_seconds <= 604800') }} as trt_within_7d,
        {{ one_if('is_inbound and trt_calendar_seconds <= 2592000') }} as trt_within_30d,
        case when is_inbound then trt_calendar_seconds end as trt_calendar_seconds,
        case when is_inbound then trt_business_seconds end as trt_business_seconds,
        case when is_inbound then trt_last_reply_seconds end as trt_last_reply_seconds,
        case when is_inbound then trt_closed_seconds end as trt_closed_seconds,
        ticket_handle_seconds

    from tickets

    where
        resolved_at is not null
        and {{ is_restated_day('resolved_date') }}

),

-- needs a first solve only: a ticket reopened and still open stays in (Q03)
first_solves as (

    select
        first_solved_date as date_day,
        channel,
        first_solve_team_id as team_id,
        first_solve_agent_id as agent_id,
        ticket_type,
        priority,
        topic_code,
        product_code,
        1 as first_solved_tickets,
        {{ one_if('is_inbound') }} as inbound_first_solved,
        {{ one_if('is_inbound and first_resolution_business_seconds is not null') }}
            as inbound_first_solved_business,
        {{ one_if('is_reopen_matured') }} as first_solved_matured,
        {{ one_if('is_reopen_matured and is_reopened_in_window') }} as reopened_30d,
        {{ one_if('is_reopened_in_window') }} as first_solved_reopened,
        {{ one_if('fcr_operational') }} as fcr_operational_true,
        {{ one_if('fcr_operational is not null') }} as fcr_operational_matured,
        {{ one_if('not is_reopen_matured') }} as open_cohort_tickets,
        case when is_inbound then first_resolution_calendar_seconds end
            as first_resolution_seconds,
        case when is_inbound then first_resolution_business_seconds end
            as first_resolution_business_seconds

    from tickets

    where
        first_solved_at is not null
        and {{ is_restated_day('first_solved_date') }}

),

solve_rows as (

    select
        ticket_solves.solved_date as date_day,
        tickets.channel,
        ticket_solves.team_id,
        case when ticket_solves.is_automated then 'unknown' else ticket_solves.agent_id end
            as agent_id,
        tickets.ticket_type,
        tickets.priority,
        tickets.topic_code,
        tickets.product_code,
        1 as solve_events

    from ticket_solves

    inner join tickets
        on ticket_solves.ticket_id = tickets.ticket_id

    where {{ is_restated_day('ticket_solves.solved_date') }}

),

-- to whom the reopened solve belonged (G9)
reopen_rows as (

    select
        ticket_solves.reopened_date as date_day,
        tickets.channel,
        ticket_solves.team_id,
        ticket_solves.agent_id,
        tickets.ticket_type,
        tickets.priority,
        tickets.topic_code,
        tickets.product_code,
        1 as reopens,
        {{ one_if('not ticket_solves.is_soft_reopen') }} as hard_reopens

    from ticket_solves

    inner join tickets
        on ticket_solves.ticket_id = tickets.ticket_id

    where
        ticket_solves.is_reopened_by_person
        and {{ is_restated_day('ticket_solves.reopened_date') }}

),

-- a follow-up of a closed ticket reopens it in all but name
followups as (

    select
        followup_tickets.created_date as date_day,
        parents.channel,
        coalesce(parents.resolved_team_id, parents.team_id) as team_id,
        coalesce(parents.resolved_agent_id, parents.assignee_agent_id) as agent_id,
        parents.ticket_type,
        parents.priority,
        parents.topic_code,
        parents.product_code,
        1 as followup_tickets

    from tickets as followup_tickets

    inner join tickets as parents
        on followup_tickets.followup_of_ticket_id = parents.ticket_id

    where {{ is_restated_day('followup_tickets.created_date') }}

),

turns as (

    select
        reply_turns.turn_date as date_day,
        reply_turns.channel,
        tickets.team_id,
        tickets.assignee_agent_id as agent_id,
        tickets.ticket_type,
        tickets.priority,
        tickets.topic_code,
        tickets.product_code,
        1 as customer_turns,
        {{ one_if('reply_turns.is_chased') }} as chased_turns

    from reply_turns

    inner join tickets
        on reply_turns.ticket_id = tickets.ticket_id

    where
        tickets.is_inbound
        and {{ is_restated_day('reply_turns.turn_date') }}

),

stacked as (
    {{ stack_measures(keys, sets) }}

),

summed as (

    select
        date_day,
        channel,
        coalesce(team_id, 'unknown') as team_id,
        coalesce(agent_id, 'unknown') as agent_id,
        ticket_type,
        priority,
        topic_code,
        product_code,
        {{ total_columns(
            marks=counts.values() | sum(start=[]) | reject('in', amounts) | list,
            counts=amounts,
            seconds=seconds.values() | sum(start=[]),
        ) }}

    from stacked

    group by
        date_day,
        channel,
        coalesce(team_id, 'unknown'),
        coalesce(agent_id, 'unknown'),
        ticket_type,
        priority,
        topic_code,
        product_code

),

final as (

    select
        ---------- keys
        summed.date_day,
        summed.channel,
        summed.team_id,
        summed.agent_id,
        summed.ticket_type,
        summed.priority,
        summed.topic_code,
        summed.product_code,

        ---------- additive
        {% for measure in additive -%}
            summed.{{ measure }},
        {% endfor -%}
        -- 1 on a business day of the reporting calendar; the same on every row of a day
        cast({{ count_if('business_days.is_business_day') }} as {{ dbt.type_bigint() }})
            as business_days,

        ---------- KPIs
        summed.tickets_solved,
        {{ safe_ratio('summed.tickets_solved', count_if('business_days.is_business_day')) }}
            as tickets_solved_per_business_day,
        {{ safe_ratio('summed.fcr_agent_true', 'summed.fcr_agent_flagged') }} as fcr_agent_rate,
        {{ safe_ratio('summed.fcr_agent_net_true', 'summed.fcr_agent_net_flagged') }}
            as fcr_agent_net_rate,
        {{ safe_ratio('summed.fcr_agent_flagged', 'summed.tickets_solved') }}
            as fcr_agent_coverage_rate,
        {{ safe_ratio('summed.fcr_both_agree', 'summed.fcr_both_known') }}
            as fcr_agent_survey_agreement_rate,
        {{ safe_ratio(
            '100 * (summed.fcr_both_agent_true - summed.fcr_both_survey_true)',
            'summed.fcr_both_known',
        ) }} as fcr_gap_points,
        {{ safe_ratio('summed.fcr_operational_true', 'summed.fcr_operational_matured') }}
            as fcr_operational_rate,
        {{ safe_ratio('summed.one_touch_tickets', 'summed.tickets_solved') }} as one_touch_rate,
        {{ safe_ratio('summed.trt_calendar_seconds', 'summed.inbound_tickets_solved') }}
            as trt_mean_calendar_seconds,
        {{ safe_ratio('summed.trt_business_seconds', 'summed.inbound_tickets_solved_business') }}
            as trt_mean_business_seconds,
        {{ safe_ratio('summed.trt_last_reply_seconds', 'summed.inbound_solved_with_reply') }}
            as trt_last_reply_mean_seconds,
        {{ safe_ratio('summed.trt_closed_seconds', 'summed.inbound_tickets_closed') }}
            as trt_closed_mean_seconds,
        -- the same quantity under the name that one school gives it (C03)
        {{ safe_ratio('summed.trt_calendar_seconds', 'summed.inbound_tickets_solved') }}
            as aht_ticket_mean_seconds,
        {{ safe_ratio('summed.first_resolution_seconds', 'summed.inbound_first_solved') }}
            as first_resolution_mean_seconds,
        {{ safe_ratio(
            'summed.first_resolution_business_seconds', 'summed.inbound_first_solved_business'
        ) }} as first_resolution_mean_business_seconds,
        summed.reopens as reopen_count,
        summed.hard_reopens as reopen_count_hard,
        summed.reopens + summed.followup_tickets as reopen_count_incl_followups,
        {{ safe_ratio('summed.reopened_30d', 'summed.first_solved_matured') }} as reopen_rate,
        {{ safe_ratio('summed.first_solved_reopened', 'summed.first_solved_tickets') }}
            as reopen_rate_provisional,
        {{ safe_ratio('summed.agent_touches', 'summed.tickets_solved') }}
            as agent_touches_per_ticket,
        {{ safe_ratio('summed.inbound_contacts_on_solved', 'summed.tickets_solved') }}
            as contacts_per_resolution,
        {{ safe_ratio('summed.chased_turns', 'summed.customer_turns') }} as customer_chaser_rate,
        {{ safe_ratio('summed.tickets_with_proactive_followup', 'summed.tickets_solved') }}
            as proactive_followup_rate,
        {{ safe_ratio('summed.distinct_agents', 'summed.tickets_solved') }} as handoffs_per_ticket,
        {{ safe_ratio('summed.ticket_handle_seconds', 'summed.tickets_solved') }}
            as handle_effort_per_ticket_seconds,
        {{ safe_ratio('summed.standard_resolutions', 'summed.coded_resolutions') }}
            as resolution_consistency_rate,

        ---------- flags
        summed.tickets_solved < {{ small_sample_limit('summed.agent_id') }}
            as is_small_sample,
        sources.data_through_at < dates.day_end_at
        or summed.open_cohort_tickets > 0 as is_provisional,

        ---------- timestamps (UTC)
        least(sources.data_through_at, dates.day_end_at) as data_through_at

    from summed

    inner join dates
        on summed.date_day = dates.date_day

    left join business_days
        on summed.date_day = business_days.date_day

    cross join sources

)

select * from final
