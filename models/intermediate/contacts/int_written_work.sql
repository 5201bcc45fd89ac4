-- Grain: one row per ticket, agent, channel and local date with measured work on what was written.
-- What is written publicly on synchronous channels belongs to its call or chat (Q85).
with

messages as (

    select
        *,
        {{ local_date('sent_at') }} as sent_date

    from {{ ref('int_ticket_messages') }}

    where
        is_human
        and handle_seconds is not null
        and (is_asynchronous or not is_public_human)

),

agents as (

    select * from {{ ref('dim_agent') }}

),

channels as (

    select * from {{ ref('dim_channel') }}

),

in_team as (

    select
        messages.ticket_id,
        coalesce(agents.agent_id, 'unknown') as agent_id,
        coalesce(agents.team_id, 'unknown') as team_id,
        coalesce(channels.channel, 'unknown') as channel,
        messages.sent_date,
        messages.handle_seconds

    from messages

    left join agents
        on
            messages.author_id = agents.agent_id
            and messages.sent_date >= agents.valid_from_date
            and messages.sent_date < agents.valid_to_date

    left join channels
        on messages.channel = channels.channel

),

final as (

    select
        ---------- ids
        ticket_id,
        agent_id,
        team_id,

        ---------- strings
        channel,

        ---------- numerics
        {{ exact_sum('handle_seconds') }} as work_seconds,

        ---------- dates
        sent_date

    from in_team

    group by
        ticket_id,
        agent_id,
        team_id,
        channel,
        sent_date

)

select * from final
