-- Grain: one row per agent and local date.
with

states as (

    select * from {{ ref('int_agent_states_clean') }}

),

-- hours of a day that is not over at as_of are hours not worked yet (Q09)
timesheets as (

    select *

    from {{ ref('stg_workforce__timesheets') }}

    where work_date <= {{ as_of_date() }}

),

agents as (

    select * from {{ ref('dim_agent') }}

),

state_days as (

    select
        agent_id,
        team_id,
        date_day,
        {{ exact_sum("case when is_customer_facing then state_seconds else 0 end") }}
            as customer_facing_seconds,
        {{ exact_sum("case when is_on_queue then state_seconds else 0 end") }} as on_queue_seconds,
        {{ exact_sum("case when agent_state = 'on_contact' then state_seconds else 0 end") }}
            as on_contact_seconds,
        {{ exact_sum("case when agent_state = 'after_work' then state_seconds else 0 end") }}
            as after_work_seconds,
        {{ exact_sum("case when agent_state = 'async_work' then state_seconds else 0 end") }}
            as async_work_seconds,
        {{ exact_sum("case when agent_state = 'idle' then state_seconds else 0 end") }}
            as idle_seconds,
        {{ exact_sum("case when agent_state = 'break_paid' then state_seconds else 0 end") }}
            as break_paid_seconds,
        {{ exact_sum("case when agent_state = 'meal_unpaid' then state_seconds else 0 end") }}
            as meal_unpaid_seconds,
        {{ exact_sum("case when agent_state = 'training' then state_seconds else 0 end") }}
            as training_seconds,
        {{ exact_sum("case when agent_state = 'coaching' then state_seconds else 0 end") }}
            as coaching_seconds,
        {{ exact_sum("case when agent_state = 'meeting' then state_seconds else 0 end") }}
            as meeting_seconds,
        {{ exact_sum("case when agent_state = 'system_issue' then state_seconds else 0 end") }}
            as system_issue_seconds,
        {{ exact_sum("case when agent_state = 'offline' then state_seconds else 0 end") }}
            as offline_seconds,
        {{ exact_sum("case when agent_state = 'unknown' then state_seconds else 0 end") }}
            as unknown_state_seconds,
        {{ exact_sum("case when agent_state != 'offline' then state_seconds else 0 end") }}
            as total_state_seconds

    from states

    group by
        agent_id,
        team_id,
        date_day

),

-- negative hours are no hours: unknown
named_timesheets as (

    select
        coalesce(agents.agent_id, 'unknown') as agent_id,
        coalesce(agents.team_id, 'unknown') as team_id,
        timesheets.work_date as date_day,
        case when timesheets.scheduled_hours >= 0 then timesheets.scheduled_hours end
            as scheduled_hours,
        case when timesheets.worked_hours >= 0 then timesheets.worked_hours end
            as worked_hours,
        case when timesheets.paid_hours >= 0 then timesheets.paid_hours end
            as paid_hours,
        case when timesheets.billable_hours >= 0 then timesheets.billable_hours end
            as billable_hours,
        case when timesheets.billed_hours >= 0 then timesheets.billed_hours end
            as billed_hours,
        case when timesheets.overtime_hours >= 0 then timesheets.overtime_hours end
            as overtime_hours,
        case when timesheets.absence_hours >= 0 then timesheets.absence_hours end
            as absence_hours

    from timesheets

    left join agents
        on
            timesheets.agent_id = agents.agent_id
            and timesheets.work_date >= agents.valid_from_date
            and timesheets.work_date < agents.valid_to_date

),

-- several people may hide behind the unknown agent
timesheet_days as (

    select
        agent_id,
        team_id,
        date_day,
        cast(sum(scheduled_hours) as decimal(18, 2)) as scheduled_hours,
        cast(sum(worked_hours) as decimal(18, 2)) as worked_hours,
        cast(sum(paid_hours) as decimal(18, 2)) as paid_hours,
        cast(sum(billable_hours) as decimal(18, 2)) as billable_hours,
        cast(sum(billed_hours) as decimal(18, 2)) as billed_hours,
        cast(sum(overtime_hours) as decimal(18, 2)) as overtime_hours,
        cast(sum(absence_hours) as decimal(18, 2)) as absence_hours

    from named_timesheets

    where
        {{ is_agent_time_restated(
            'named_timesheets.agent_id', 'named_timesheets.date_day'
        ) }}

    group by
        agent_id,
        team_id,
        date_day

),

keys as (

    select
        agent_id,
        team_id,
        date_day

    from state_days

    union distinct

    select
        agent_id,
        team_id,
        date_day

    from timesheet_days

),

final as (

    select
        ---------- ids
        keys.agent_id,
        keys.team_id,

        ---------- numerics
        state_days.customer_facing_seconds / 3600 as customer_facing_hours,
        state_days.idle_seconds / 3600 as idle_hours,
        state_days.on_queue_seconds / 3600 as on_queue_hours,
        state_days.total_state_seconds / 3600 as total_state_hours,
        state_days.customer_facing_seconds,
        state_days.on_queue_seconds,
        state_days.on_contact_seconds,
        state_days.after_work_seconds,
        state_days.async_work_seconds,
        state_days.idle_seconds,
        state_days.break_paid_seconds,
        state_days.meal_unpaid_seconds,
        state_days.training_seconds,
        state_days.coaching_seconds,
        state_days.meeting_seconds,
        state_days.system_issue_seconds,
        state_days.offline_seconds,
        state_days.unknown_state_seconds,
        state_days.total_state_seconds,
        timesheet_days.scheduled_hours,
        timesheet_days.worked_hours,
        timesheet_days.paid_hours,
        timesheet_days.billable_hours,
        timesheet_days.billed_hours,
        timesheet_days.overtime_hours,
        timesheet_days.absence_hours,

        ---------- booleans
        state_days.agent_id is not null as has_states,
        timesheet_days.agent_id is not null as has_timesheet,
        coalesce(timesheet_days.worked_hours > 0, false) as is_worked,

        ---------- dates
        keys.date_day

    from keys

    left join state_days
        on
            keys.agent_id = state_days.agent_id
            and keys.date_day = state_days.date_day

    left join timesheet_days
        on
            keys.agent_id = timesheet_days.agent_id
            and keys.date_day = timesheet_days.date_day

)

select * from final
