-- Grain: one row per agent and uninterrupted stretch of one state on one local date.
-- An agent is in one state at a time: of two that overlap, on_contact and after_work win, else the
-- one that started later (Q64). Only days with states that do overlap are cut into segments; the
-- others, nearly all, pass through one sort.

with

delivered as (

    select
        state_id,
        -- states of nobody must not hide each other
        coalesce(agent_id, 'state ' || state_id) as agent_id,
        agent_state,
        channel,
        started_at,
        ended_at

    from {{ ref('stg_workforce__agent_states') }}

    where
        started_at <= {{ as_of() }}
        and {{ is_agent_time_read('agent_id', 'started_at', 'ended_at') }}

),

-- The only sort over all states. Here and below, the later of two states of one instant is that
-- with the higher state_id.
followed as (

    select
        *,
        lead(started_at) over (
            partition by agent_id
            order by started_at, state_id
        ) as agent_next_started_at

    from delivered

),

closed as (

    select
        state_id,
        agent_id,
        agent_state,
        channel,
        started_at,
        agent_next_started_at,
        least(
            coalesce(ended_at, agent_next_started_at, {{ as_of() }}), {{ as_of() }}
        ) as ended_at

    from followed

),

dates as (

    select * from {{ ref('dim_date') }}

),

-- a local day touches two UTC dates: looking it up by them is much cheaper than a conversion to
-- local time per row
utc_dates as (

    select
        cast(day_start_at as date) as start_utc_date,
        date_day,
        day_start_at,
        day_end_at

    from dates

    union all

    select
        cast(day_end_at as date) as start_utc_date,
        date_day,
        day_start_at,
        day_end_at

    from dates

    where cast(day_end_at as date) != cast(day_start_at as date)

),

states as (

    select
        closed.state_id,
        closed.agent_id,
        closed.agent_state,
        closed.channel,
        closed.started_at,
        closed.ended_at,
        closed.agent_state in ('on_contact', 'after_work') as is_on_contact,
        coalesce(closed.agent_next_started_at < closed.ended_at, false) as is_overlapping,
        utc_dates.date_day,
        utc_dates.day_end_at

    from closed

    inner join utc_dates
        on
            cast(closed.started_at as date) = utc_dates.start_utc_date
            and closed.started_at >= utc_dates.day_start_at
            and closed.started_at < utc_dates.day_end_at

    where closed.ended_at > closed.started_at

),

-- split at local midnight (E08): the first day of every state, then the days after for the few
-- that cross it
day_pieces as (

    select
        state_id,
        agent_id,
        agent_state,
        channel,
        is_on_contact,
        is_overlapping,
        started_at as state_started_at,
        date_day,
        started_at,
        least(ended_at, day_end_at) as ended_at

    from states

    union all

    select
        states.state_id,
        states.agent_id,
        states.agent_state,
        states.channel,
        states.is_on_contact,
        states.is_overlapping,
        states.started_at as state_started_at,
        dates.date_day,
        dates.day_start_at as started_at,
        least(states.ended_at, dates.day_end_at) as ended_at

    from states

    inner join dates
        on
            states.day_end_at <= dates.day_start_at
            and states.ended_at > dates.day_start_at

    where states.ended_at > states.day_end_at

),

-- Of two states that overlap, the one before in order reaches into the next: days without such a
-- state hold no overlap.
overlapping_days as (

    select
        agent_id,
        date_day

    from day_pieces

    where is_overlapping

    group by
        agent_id,
        date_day

),

alone as (

    select
        day_pieces.state_id,
        day_pieces.agent_id,
        day_pieces.agent_state,
        day_pieces.channel,
        day_pieces.date_day,
        day_pieces.started_at,
        day_pieces.ended_at

    from day_pieces

    left join overlapping_days
        on
            day_pieces.agent_id = overlapping_days.agent_id
            and day_pieces.date_day = overlapping_days.date_day

    where overlapping_days.agent_id is null

),

neighboured as (

    select
        day_pieces.*,
        max(day_pieces.ended_at) over (
            partition by day_pieces.agent_id, day_pieces.date_day
            order by day_pieces.started_at, day_pieces.state_id
            rows between unbounded preceding and 1 preceding
        ) as covered_until

    from day_pieces

    inner join overlapping_days
        on
            day_pieces.agent_id = overlapping_days.agent_id
            and day_pieces.date_day = overlapping_days.date_day

),

-- pieces that touch each other's time: one cluster until the time line is free again
clustered as (

    select
        *,
        sum(case when covered_until is null or covered_until <= started_at then 1 else 0 end) over (
            partition by agent_id, date_day
            order by started_at, state_id
            rows between unbounded preceding and current row
        ) as cluster_number

    from neighboured

),

cuts as (

    select
        agent_id,
        date_day,
        cluster_number,
        started_at as cut_at

    from clustered

    union distinct

    select
        agent_id,
        date_day,
        cluster_number,
        ended_at as cut_at

    from clustered

),

segments as (

    select
        agent_id,
        date_day,
        cluster_number,
        cut_at as started_at,
        lead(cut_at) over (
            partition by agent_id, date_day, cluster_number
            order by cut_at
        ) as ended_at

    from cuts

),

candidates as (

    select
        clustered.state_id,
        clustered.agent_id,
        clustered.agent_state,
        clustered.channel,
        clustered.date_day,
        clustered.cluster_number,
        segments.started_at,
        segments.ended_at,
        row_number() over (
            partition by clustered.agent_id, clustered.date_day, segments.started_at
            order by
                clustered.is_on_contact desc,
                clustered.state_started_at desc,
                clustered.state_id desc
        ) as candidate_rank

    from segments

    inner join clustered
        on
            segments.agent_id = clustered.agent_id
            and segments.date_day = clustered.date_day
            and segments.cluster_number = clustered.cluster_number
            and segments.started_at >= clustered.started_at
            and segments.started_at < clustered.ended_at

),

winners as (

    select
        *,
        lag(state_id) over (
            partition by agent_id, date_day, cluster_number
            order by started_at
        ) as previous_state_id

    from candidates

    where candidate_rank = 1

),

stretches as (

    select
        *,
        sum(case when previous_state_id = state_id then 0 else 1 end) over (
            partition by agent_id, date_day, cluster_number
            order by started_at
            rows between unbounded preceding and current row
        ) as stretch_number

    from winners

),

resolved as (

    select
        state_id,
        agent_id,
        agent_state,
        channel,
        date_day,
        min(started_at) as started_at,
        max(ended_at) as ended_at

    from stretches

    group by
        state_id,
        agent_id,
        agent_state,
        channel,
        date_day,
        cluster_number,
        stretch_number

),

unioned as (

    select * from alone

    union all

    select * from resolved

),

agents as (

    select * from {{ ref('dim_agent') }}

),

channels as (

    select * from {{ ref('dim_channel') }}

),

named as (

    select
        unioned.state_id,
        unioned.date_day,
        unioned.started_at,
        unioned.ended_at,
        coalesce(agents.agent_id, 'unknown') as agent_id,
        coalesce(agents.team_id, 'unknown') as team_id,
        coalesce(channels.channel, 'unknown') as channel,
        case
            when
                unioned.agent_state in (
                    'on_contact', 'after_work', 'idle', 'async_work', 'break_paid', 'meal_unpaid',
                    'training', 'coaching', 'meeting', 'system_issue', 'offline'
                )
                then unioned.agent_state
            else 'unknown'
        end as agent_state

    from unioned

    left join agents
        on
            unioned.agent_id = agents.agent_id
            and unioned.date_day >= agents.valid_from_date
            and unioned.date_day < agents.valid_to_date

    left join channels
        on unioned.channel = channels.channel

),

restated as (

    select * from named

    where {{ is_agent_time_restated('named.agent_id', 'named.date_day') }}

),

final as (

    select
        ---------- ids
        state_id,
        agent_id,
        team_id,

        ---------- strings
        agent_state,
        channel,

        ---------- numerics
        {{ elapsed_seconds('started_at', 'ended_at') }} as state_seconds,

        ---------- booleans
        agent_state in ('on_contact', 'after_work', 'async_work') as is_customer_facing,
        agent_state in ('on_contact', 'after_work', 'async_work', 'idle') as is_on_queue,

        ---------- dates
        date_day,

        ---------- timestamps (UTC)
        started_at,
        ended_at

    from restated

)

select * from final
