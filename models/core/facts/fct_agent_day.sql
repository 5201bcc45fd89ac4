-- Grain: one row per agent and local date.

{{ config(
    materialized='incremental',
    unique_key=['agent_id', 'date_day'],
    meta={'agent_time_scope': true}
) }}

with

agent_days as (

    select * from {{ ref('int_agent_days') }}

),

final as (

    select
        ---------- ids
        agent_id,
        team_id,

        ---------- numerics
        customer_facing_hours,
        idle_hours,
        on_queue_hours,
        total_state_hours,
        customer_facing_seconds,
        on_queue_seconds,
        on_contact_seconds,
        after_work_seconds,
        async_work_seconds,
        idle_seconds,
        break_paid_seconds,
        meal_unpaid_seconds,
        training_seconds,
        coaching_seconds,
        meeting_seconds,
        system_issue_seconds,
        offline_seconds,
        unknown_state_seconds,
        total_state_seconds,
        scheduled_hours,
        worked_hours,
        paid_hours,
        billable_hours,
        billed_hours,
        overtime_hours,
        absence_hours,

        ---------- booleans
        has_states,
        has_timesheet,
        is_worked,

        ---------- dates
        date_day

    from agent_days

)

select * from final
