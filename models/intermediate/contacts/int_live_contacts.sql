-- Grain: one row per call leg but internal ones, and per chat session queued or handled.
-- A view: only int_contacts reads it, and writing 50 columns costs more than finding them.
{{ config(materialized='view') }}

with

calls as (

    select * from {{ ref('int_call_legs') }}

),

chats as (

    select * from {{ ref('int_chat_sessions') }}

),

queues as (

    select * from {{ ref('dim_queue') }}

),

-- a direction nobody knows is inbound; a missing disposition is told by the answer
legs as (

    select
        *,
        case
            when direction in ('outbound', 'callback', 'internal') then direction
            else 'inbound'
        end as contact_direction,
        case
            when disposition is not null then disposition
            when answered_at is not null then 'answered'
        end as leg_disposition,
        coalesce(
            case when wrap_seconds >= 0 then wrap_seconds end,
            {{ duration_seconds('ended_at', 'acw_ended_at') }}
        ) as known_wrap_seconds

    from calls

),

call_contacts as (

    select
        'call:' || legs.call_id as contact_id,
        'call' as contact_type,
        'voice' as media,
        legs.contact_direction as direction,
        'phone' as channel,
        legs.queue_id,
        legs.agent_id,
        legs.ticket_id,
        legs.customer_id,
        'call:' || legs.initial_call_id as initial_contact_id,
        legs.campaign_id,
        legs.topic_code,
        legs.leg_disposition as disposition,
        legs.transfer_type,
        legs.transfer_target_type,
        legs.offer_kind,
        legs.outcome_code,
        legs.currency_code,
        -- how the visit to a human queue ended; NULL: no queue, or no end that a queue knows (Q13)
        case
            when legs.contact_direction != 'inbound' or legs.enqueued_at is null then null
            when legs.leg_disposition = 'answered' then 'answered'
            when legs.leg_disposition = 'abandoned_queue' then 'abandoned'
            when legs.leg_disposition in ('callback_requested', 'flow_out', 'voicemail')
                then legs.leg_disposition
        end as queue_outcome,
        case when legs.talk_seconds >= 0 then legs.talk_seconds end as contact_seconds,
        case when legs.hold_seconds >= 0 then legs.hold_seconds else 0 end as hold_seconds,
        coalesce(legs.known_wrap_seconds, 0) as wrap_seconds,
        case when legs.dial_seconds >= 0 then legs.dial_seconds else 0 end as dial_seconds,
        legs.hold_count,
        legs.sale_amount,
        case
            when legs.contact_direction = 'callback'
                then {{ duration_seconds('requests.ended_at', 'legs.answered_at') }}
        end as callback_wait_seconds,
        -- in the menu there is no human queue, whatever enqueued_at says (E19)
        legs.contact_direction = 'inbound'
        and legs.enqueued_at is not null
        and coalesce(legs.leg_disposition, 'unknown') != 'abandoned_ivr' as is_queued,
        coalesce(legs.leg_disposition = 'answered', false) as is_handled,
        legs.known_wrap_seconds is null as is_wrap_missing,
        legs.is_reached,
        legs.is_argued,
        legs.rebound_eligible,
        legs.rebound_offered,
        legs.rebound_accepted,
        legs.selfcare_eligible,
        legs.selfcare_promoted,
        legs.selfcare_promised,
        legs.started_at,
        legs.enqueued_at,
        legs.answered_at,
        legs.ended_at

    from legs

    left join calls as requests
        on legs.callback_of_call_id = requests.call_id

    where legs.contact_direction != 'internal'

),

chat_contacts as (

    select
        'chat:' || session_id as contact_id,
        'chat' as contact_type,
        'chat' as media,
        'inbound' as direction,
        channel,
        queue_id,
        agent_id,
        ticket_id,
        customer_id,
        'chat:' || session_id as initial_contact_id,
        null as campaign_id,
        topic_code,
        case
            when disposition is not null then disposition
            when first_agent_message_at is not null then 'handled'
        end as disposition,
        transfer_type,
        transfer_target_type,
        null as offer_kind,
        null as outcome_code,
        null as currency_code,
        case
            when queued_at is null then null
            when
                disposition = 'handled'
                or (disposition is null and first_agent_message_at is not null)
                then 'answered'
            when disposition = 'abandoned_queue' then 'abandoned'
            when disposition in ('flow_out', 'missed') then disposition
        end as queue_outcome,
        case when active_seconds >= 0 then active_seconds end as contact_seconds,
        0 as hold_seconds,
        case when wrap_seconds >= 0 then wrap_seconds else 0 end as wrap_seconds,
        0 as dial_seconds,
        null as hold_count,
        null as sale_amount,
        null as callback_wait_seconds,
        queued_at is not null as is_queued,
        case
            when agent_message_count is not null then agent_message_count >= 1
            else first_agent_message_at is not null
        end as is_handled,
        false as is_wrap_missing,
        false as is_reached,
        false as is_argued,
        false as rebound_eligible,
        false as rebound_offered,
        false as rebound_accepted,
        selfcare_eligible,
        selfcare_promoted,
        selfcare_promised,
        started_at,
        queued_at as enqueued_at,
        first_agent_message_at as answered_at,
        ended_at

    from chats

    -- a session that no human was asked for or wrote in is the bot's
    where
        queued_at is not null
        or agent_message_count >= 1
        or first_agent_message_at is not null

),

stacked as (

    select * from call_contacts

    union all

    select * from chat_contacts

),

queued as (

    select
        stacked.*,
        coalesce(queues.queue_id, 'unknown') as known_queue_id,
        coalesce(queues.team_id, 'unknown') as queue_team_id,
        coalesce(queues.service_level_seconds, {{ var('service_level_seconds') }})
            as service_level_seconds,
        coalesce(queues.service_level_alt_seconds, {{ var('service_level_alt_seconds') }})
            as service_level_alt_seconds,
        coalesce(queues.short_abandon_seconds, {{ var('short_abandon_seconds') }})
            as short_abandon_seconds,
        -- the conversation is no wait: an answered contact leaves the queue at the answer only
        case
            when stacked.queue_outcome = 'answered' then stacked.answered_at
            when stacked.is_queued then coalesce(stacked.answered_at, stacked.ended_at)
        end as queue_exit_at,
        -- left open by mistake (E23)
        case
            when stacked.wrap_seconds > {{ var('acw_cap_seconds') }}
                then {{ var('acw_cap_seconds') }}
            else stacked.wrap_seconds
        end as capped_wrap_seconds

    from stacked

    left join queues
        on stacked.queue_id = queues.queue_id

),

timed as (

    select
        *,
        {{ duration_seconds('enqueued_at', 'queue_exit_at') }} as queue_seconds

    from queued

),

flagged as (

    select
        *,
        coalesce(
            queue_outcome = 'abandoned'
            and queue_seconds <= short_abandon_seconds,
            false
        ) as is_short_abandon

    from timed

),

-- Nearly all customer calls have one leg: only those with several are put in order.
transferred as (

    select
        initial_contact_id,
        sum(queue_seconds) as all_queue_seconds

    from flagged

    group by initial_contact_id

    having count(*) > 1

),

-- total order: contact_id is the key
ordered as (

    select
        flagged.contact_id,
        transferred.all_queue_seconds,
        row_number() over (
            partition by flagged.initial_contact_id
            order by flagged.started_at, flagged.contact_id
        ) as leg_number,
        row_number() over (
            partition by flagged.initial_contact_id
            order by
                case when flagged.is_handled then 0 else 1 end,
                flagged.started_at,
                flagged.contact_id
        ) as handled_leg_number,
        row_number() over (
            partition by flagged.initial_contact_id
            order by
                case
                    when flagged.queue_outcome is null or flagged.is_short_abandon then 1
                    else 0
                end,
                flagged.enqueued_at,
                flagged.contact_id
        ) as offer_number

    from flagged

    inner join transferred
        on flagged.initial_contact_id = transferred.initial_contact_id

),

numbered as (

    select
        flagged.*,
        flagged.queue_outcome is not null and not flagged.is_short_abandon as is_offered,
        coalesce(ordered.leg_number, 1) as leg_number,
        coalesce(ordered.handled_leg_number, 1) as handled_leg_number,
        coalesce(ordered.offer_number, 1) as offer_number,
        case
            when ordered.contact_id is not null then ordered.all_queue_seconds
            else flagged.queue_seconds
        end as all_queue_seconds

    from flagged

    left join ordered
        on flagged.contact_id = ordered.contact_id

),

final as (

    select
        ---------- ids
        contact_id,
        known_queue_id as queue_id,
        agent_id,
        queue_team_id,
        ticket_id,
        customer_id,
        initial_contact_id,
        campaign_id,

        ---------- strings
        contact_type,
        media,
        direction,
        channel,
        topic_code,
        disposition,
        queue_outcome,
        transfer_type,
        transfer_target_type,
        offer_kind,
        outcome_code,
        currency_code,

        ---------- numerics
        case when queue_outcome = 'answered' then queue_seconds end as wait_seconds,
        queue_seconds,
        case when leg_number = 1 then all_queue_seconds end as customer_total_wait_seconds,
        callback_wait_seconds,
        -- parts and whole are NULL together, so that the means of the parts add up to the whole
        case
            when is_handled and media = 'voice' then cast(contact_seconds as {{ type_double() }})
        end
            as talk_seconds,
        case
            when is_handled and media = 'voice' and contact_seconds is not null
                then cast(hold_seconds as {{ type_double() }})
        end as hold_seconds,
        case
            when is_handled and media = 'voice' and contact_seconds is not null
                then cast(capped_wrap_seconds as {{ type_double() }})
        end as wrap_seconds,
        case
            when is_handled and media = 'voice' and contact_seconds is not null
                then cast(dial_seconds as {{ type_double() }})
        end as dial_seconds,
        case
            when is_handled
                then
                    cast(
                        contact_seconds + hold_seconds + capped_wrap_seconds + dial_seconds
                        as {{ type_double() }}
                    )
        end as handle_seconds,
        cast(hold_count as bigint) as hold_count,
        cast(sale_amount as decimal(18, 2)) as sale_amount,

        ---------- booleans
        is_offered,
        coalesce(queue_outcome = 'answered', false) as is_answered,
        coalesce(queue_outcome = 'abandoned', false) and not is_short_abandon as is_abandoned,
        is_short_abandon,
        coalesce(queue_outcome = 'callback_requested', false) as is_callback_request,
        coalesce(queue_outcome = 'flow_out', false) as is_flow_out,
        coalesce(queue_outcome = 'voicemail', false) as is_voicemail,
        coalesce(queue_outcome = 'missed', false) as is_missed,
        coalesce(queue_outcome = 'answered' and queue_seconds <= service_level_seconds, false)
            as is_within_threshold,
        coalesce(queue_outcome = 'answered' and queue_seconds <= service_level_alt_seconds, false)
            as is_within_alt,
        coalesce(queue_outcome = 'abandoned' and queue_seconds <= service_level_seconds, false)
            as is_abandoned_within_threshold,
        is_handled,
        is_handled and is_wrap_missing as is_wrap_missing,
        leg_number = 1 as is_first_leg,
        is_handled and handled_leg_number = 1 as is_first_handled_leg,
        offer_number = 1 and is_offered as is_contact,
        is_reached,
        is_argued,
        rebound_eligible,
        rebound_offered,
        rebound_accepted,
        selfcare_eligible,
        selfcare_promoted,
        selfcare_promised,

        ---------- timestamps (UTC)
        started_at,
        enqueued_at,
        answered_at,
        ended_at,
        queue_exit_at,
        -- without an end the answer dates the contact, so that none is lost
        case
            when is_handled
                then
                    {{ dbt.dateadd(
                        'second',
                        'cast(capped_wrap_seconds as integer)',
                        'coalesce(ended_at, answered_at, started_at)'
                    ) }}
        end as handle_ended_at,
        case when contact_type = 'call' then enqueued_at else started_at end as contact_at

    from numbered

)

select * from final
