-- Nobody is in states longer than the local day lasts, and never longer on queue than that.
with

agent_days as (

    select * from {{ ref('fct_agent_day') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

final as (

    select
        agent_days.agent_id,
        agent_days.date_day,
        agent_days.on_queue_seconds,
        agent_days.total_state_seconds,
        agent_days.offline_seconds,
        dates.seconds_in_day

    from agent_days

    inner join dates
        on agent_days.date_day = dates.date_day

    where
        -- several people may hide behind the unknown agent
        agent_days.agent_id != 'unknown'
        and (
            agent_days.total_state_seconds + agent_days.offline_seconds > dates.seconds_in_day
            or agent_days.on_queue_seconds > agent_days.total_state_seconds
            or agent_days.customer_facing_seconds > agent_days.on_queue_seconds
        )

)

select * from final
