-- Grain: one row per ticket created by as_of.

{{ config(
    materialized='incremental',
    unique_key='ticket_id',
    meta={
        'scope': {'ticket': 'ticket_id'},
        'links': {
            'ticket': ['ticket_id'],
            'customer_months': ['customer_id'],
            'date': [
                'created_date', 'first_contact_date', 'first_reply_date', 'first_answered_date',
                'first_solution_date', 'first_solved_date', 'resolved_date',
            ],
        },
        'matures': {
            'is_sdr_matured': {'after': 'business_day_ends_at', 'hours': 0},
            'is_24h_matured': {'after': 'first_contact_at', 'hours': 24},
            'is_reopen_matured': {
                'after': 'first_solved_at', 'hours': 24 * var('reopen_window_days'),
            },
            'fcr_operational': {
                'after': 'first_solved_at', 'hours': 24 * var('fcr_repeat_window_days'),
                'becomes': 'fcr_operational_so_far',
            },
        },
    }
) }}

with

tickets as (

    select * from {{ ref('int_tickets_conformed') }}

),

replies as (

    select * from {{ ref('int_ticket_replies_summarised') }}

),

solutions as (

    select * from {{ ref('int_ticket_solutions') }}

),

solves as (

    select * from {{ ref('int_ticket_solves_summarised') }}

),

responders as (

    select * from {{ ref('int_ticket_responders') }}

),

durations as (

    select * from {{ ref('int_ticket_durations') }}

),

waits as (

    select * from {{ ref('int_ticket_waits') }}

),

activity as (

    select * from {{ ref('int_ticket_activity') }}

),

outcomes as (

    select * from {{ ref('int_ticket_outcomes') }}

),

demands as (

    select * from {{ ref('int_customer_contacts') }}

    where demand_type = 'ticket'

),

survey_answers as (

    select * from {{ ref('int_fcr_answers') }}

    where ticket_id is not null

),

final as (

    select
        ---------- ids
        tickets.ticket_id,
        tickets.survivor_ticket_id,
        tickets.followup_of_ticket_id,
        tickets.customer_id,
        tickets.calendar_id,
        tickets.queue_id,
        tickets.team_id,
        tickets.assignee_agent_id,
        first_repliers.agent_id as first_reply_agent_id,
        first_repliers.team_id as first_reply_team_id,
        first_solvers.agent_id as first_solution_agent_id,
        first_solvers.team_id as first_solution_team_id,
        solves.first_solve_agent_id,
        solves.first_solve_team_id,
        solves.resolved_agent_id,
        solves.resolved_team_id,

        ---------- strings
        tickets.source_system,
        tickets.channel,
        tickets.direction,
        tickets.ticket_type,
        coalesce(waits.ticket_status, tickets.delivered_ticket_status) as ticket_status,
        tickets.priority,
        tickets.topic_code,
        tickets.product_code,
        tickets.resolution_code,
        tickets.brand,
        tickets.language,
        tickets.country,
        tickets.customer_segment,
        solutions.first_solution_source,

        ---------- numerics
        durations.frt_calendar_seconds,
        durations.frt_business_seconds,
        replies.frt_incl_bot_seconds,
        durations.tfs_calendar_seconds,
        durations.tfs_business_seconds,
        durations.first_resolution_calendar_seconds,
        durations.first_resolution_business_seconds,
        durations.trt_calendar_seconds,
        durations.trt_business_seconds,
        durations.trt_last_reply_seconds,
        durations.trt_closed_seconds,
        case when solves.resolved_at is not null then waits.requester_wait_seconds end
            as requester_wait_seconds,
        case when solves.resolved_at is not null then waits.requester_wait_business_seconds end
            as requester_wait_business_seconds,
        activity.ticket_handle_seconds,
        coalesce(solves.solve_count, 0) as solve_count,
        coalesce(solves.reopen_count, 0) as reopen_count,
        coalesce(solves.hard_reopen_count, 0) as hard_reopen_count,
        tickets.followup_count,
        coalesce(activity.agent_touch_count, 0) as agent_touch_count,
        coalesce(activity.inbound_contact_count, 0) as inbound_contact_count,
        coalesce(activity.handled_contact_count, 0) as handled_contact_count,
        coalesce(activity.transfer_count, 0) as transfer_count,
        coalesce(activity.distinct_agent_count, 0) as distinct_agent_count,

        ---------- booleans
        tickets.is_valid,
        tickets.is_inbound,
        tickets.is_merged,
        tickets.is_spam,
        tickets.is_test,
        tickets.is_internal,
        tickets.is_deleted,
        tickets.is_complaint,
        tickets.is_topic_tagged,
        tickets.fcr_eligible,
        tickets.agent_fcr_flag,
        survey_answers.fcr_survey,
        outcomes.fcr_operational,
        outcomes.fcr_operational_so_far,
        replies.first_reply_at is not null as is_replied,
        durations.is_same_day,
        durations.is_sdr_matured,
        durations.is_within_24h,
        durations.is_24h_matured,
        outcomes.is_resolved,
        coalesce(solves.is_automated_solve, false) as is_automated_solve,
        outcomes.is_one_touch,
        outcomes.is_reopened_in_window,
        outcomes.is_reopen_matured,
        coalesce(activity.has_proactive_followup, false) as has_proactive_followup,
        tickets.is_standard_resolution,
        coalesce(demands.is_repeat_contact, false) as is_repeat_contact,

        ---------- dates
        {{ local_date('tickets.created_at') }} as created_date,
        {{ local_date('tickets.first_contact_at') }} as first_contact_date,
        {{ local_date('replies.first_reply_at') }} as first_reply_date,
        {{ local_date('replies.first_answered_at') }} as first_answered_date,
        {{ local_date('solutions.first_solution_at') }} as first_solution_date,
        {{ local_date('solves.first_solved_at') }} as first_solved_date,
        {{ local_date('solves.resolved_at') }} as resolved_date,

        ---------- timestamps (UTC)
        tickets.created_at,
        tickets.first_contact_at,
        replies.first_reply_at,
        replies.first_bot_answer_at,
        solutions.first_solution_at,
        solves.first_solved_at,
        solves.resolved_at,
        replies.last_reply_at,
        tickets.closed_at,
        tickets.deleted_at,
        durations.business_day_ends_at

    from tickets

    left join replies
        on tickets.ticket_id = replies.ticket_id

    left join solutions
        on tickets.ticket_id = solutions.ticket_id

    left join solves
        on tickets.ticket_id = solves.ticket_id

    left join responders as first_repliers
        on
            tickets.ticket_id = first_repliers.ticket_id
            and first_repliers.response_type = 'first_reply'

    left join responders as first_solvers
        on
            tickets.ticket_id = first_solvers.ticket_id
            and first_solvers.response_type = 'first_solution'

    left join durations
        on tickets.ticket_id = durations.ticket_id

    left join waits
        on tickets.ticket_id = waits.ticket_id

    left join activity
        on tickets.ticket_id = activity.ticket_id

    left join outcomes
        on tickets.ticket_id = outcomes.ticket_id

    left join demands
        on tickets.ticket_id = demands.ticket_id

    left join survey_answers
        on tickets.ticket_id = survey_answers.ticket_id

)

select * from final
