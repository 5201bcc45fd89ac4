-- Grain: one row per call leg but internal ones, chat session queued or handled, and customer turn.
with

live_contacts as (

    select * from {{ ref('int_live_contacts') }}

),

turns as (

    select * from {{ ref('int_reply_turns') }}

    where is_valid

),

tickets as (

    select * from {{ ref('int_tickets_conformed') }}

),

agents as (

    select * from {{ ref('dim_agent') }}

),

topics as (

    select * from {{ ref('dim_topic') }}

),

channels as (

    select * from {{ ref('cfg_channels') }}

),

dated_live_contacts as (

    select
        *,
        {{ local_date('started_at') }} as started_date,
        {{ local_date('enqueued_at') }} as enqueued_date,
        {{ local_date('answered_at') }} as answered_date,
        {{ local_date('handle_ended_at') }} as handled_date,
        {{ local_date('contact_at') }} as contact_date

    from live_contacts

),

attributed_live_contacts as (

    select
        dated_live_contacts.*,
        coalesce(agents.agent_id, 'unknown') as known_agent_id,
        -- without an agent, or where the agent has no team that day, the queue's team
        coalesce(
            nullif(agents.team_id, 'unknown'), dated_live_contacts.queue_team_id
        ) as team_id

    from dated_live_contacts

    left join agents
        on
            dated_live_contacts.agent_id = agents.agent_id
            and coalesce(dated_live_contacts.handled_date, dated_live_contacts.started_date)
            >= agents.valid_from_date
            and coalesce(dated_live_contacts.handled_date, dated_live_contacts.started_date)
            < agents.valid_to_date

),

stacked as (

    select
        contact_id,
        queue_id,
        known_agent_id as agent_id,
        team_id,
        ticket_id,
        customer_id,
        initial_contact_id,
        campaign_id,
        contact_type,
        media,
        direction,
        channel,
        topic_code,
        disposition,
        transfer_type,
        transfer_target_type,
        offer_kind,
        outcome_code,
        currency_code,
        wait_seconds,
        queue_seconds,
        customer_total_wait_seconds,
        callback_wait_seconds,
        talk_seconds,
        hold_seconds,
        wrap_seconds,
        dial_seconds,
        handle_seconds,
        hold_count,
        sale_amount,
        is_offered,
        is_answered,
        is_abandoned,
        is_short_abandon,
        is_callback_request,
        is_flow_out,
        is_voicemail,
        is_missed,
        is_within_threshold,
        is_within_alt,
        is_abandoned_within_threshold,
        is_handled,
        is_wrap_missing,
        is_first_leg,
        is_first_handled_leg,
        is_contact,
        is_reached,
        is_argued,
        rebound_eligible,
        rebound_offered,
        rebound_accepted,
        selfcare_eligible,
        selfcare_promoted,
        selfcare_promised,
        started_date,
        enqueued_date,
        answered_date,
        handled_date,
        contact_date,
        started_at,
        enqueued_at,
        answered_at,
        ended_at,
        queue_exit_at,
        handle_ended_at,
        contact_at

    from attributed_live_contacts

    union all

    select
        'turn:' || turns.turn_id as contact_id,
        turns.queue_id,
        coalesce(turns.agent_id, 'unknown') as agent_id,
        -- nobody has answered yet: a request to the ticket's current team (Q10)
        coalesce(turns.team_id, tickets.team_id) as team_id,
        turns.ticket_id,
        tickets.customer_id,
        'turn:' || turns.turn_id as initial_contact_id,
        null as campaign_id,
        'turn' as contact_type,
        'async' as media,
        'inbound' as direction,
        turns.channel,
        tickets.topic_code,
        case when turns.is_replied then 'replied' else 'unreplied' end as disposition,
        'none' as transfer_type,
        null as transfer_target_type,
        null as offer_kind,
        null as outcome_code,
        null as currency_code,
        null as wait_seconds,
        null as queue_seconds,
        null as customer_total_wait_seconds,
        null as callback_wait_seconds,
        null as talk_seconds,
        null as hold_seconds,
        null as wrap_seconds,
        null as dial_seconds,
        turns.handle_seconds,
        null as hold_count,
        null as sale_amount,
        false as is_offered,
        false as is_answered,
        false as is_abandoned,
        false as is_short_abandon,
        false as is_callback_request,
        false as is_flow_out,
        false as is_voicemail,
        false as is_missed,
        false as is_within_threshold,
        false as is_within_alt,
        false as is_abandoned_within_threshold,
        turns.is_replied as is_handled,
        false as is_wrap_missing,
        true as is_first_leg,
        turns.is_replied as is_first_handled_leg,
        true as is_contact,
        false as is_reached,
        false as is_argued,
        false as rebound_eligible,
        false as rebound_offered,
        false as rebound_accepted,
        -- self-care is promoted in calls and chats only (Q87)
        false as selfcare_eligible,
        false as selfcare_promoted,
        false as selfcare_promised,
        turns.turn_date as started_date,
        null as enqueued_date,
        turns.replied_date as answered_date,
        turns.replied_date as handled_date,
        turns.turn_date as contact_date,
        turns.turn_started_at as started_at,
        null as enqueued_at,
        turns.replied_at as answered_at,
        null as ended_at,
        null as queue_exit_at,
        turns.replied_at as handle_ended_at,
        turns.turn_started_at as contact_at

    from turns

    inner join tickets
        on turns.ticket_id = tickets.ticket_id

),

final as (

    select
        ---------- ids
        stacked.contact_id,
        stacked.queue_id,
        stacked.agent_id,
        stacked.team_id,
        stacked.ticket_id,
        stacked.customer_id,
        stacked.initial_contact_id,
        stacked.campaign_id,

        ---------- strings
        stacked.contact_type,
        stacked.media,
        stacked.direction,
        coalesce(channels.channel, 'unknown') as channel,
        coalesce(topics.topic_code, 'unknown') as topic_code,
        stacked.disposition,
        stacked.transfer_type,
        stacked.transfer_target_type,
        stacked.offer_kind,
        stacked.outcome_code,
        stacked.currency_code,

        ---------- numerics
        stacked.wait_seconds,
        stacked.queue_seconds,
        stacked.customer_total_wait_seconds,
        stacked.callback_wait_seconds,
        stacked.talk_seconds,
        stacked.hold_seconds,
        stacked.wrap_seconds,
        stacked.dial_seconds,
        stacked.handle_seconds,
        stacked.hold_count,
        stacked.sale_amount,

        ---------- booleans
        stacked.is_offered,
        stacked.is_answered,
        stacked.is_abandoned,
        stacked.is_short_abandon,
        stacked.is_callback_request,
        stacked.is_flow_out,
        stacked.is_voicemail,
        stacked.is_missed,
        stacked.is_within_threshold,
        stacked.is_within_alt,
        stacked.is_abandoned_within_threshold,
        stacked.is_handled,
        stacked.handle_seconds is not null as is_handle_measured,
        -- a way to self-care is no transfer, a consultation is one (Q63)
        stacked.is_handled
        and stacked.transfer_type != 'none'
        and coalesce(stacked.transfer_target_type, 'unknown') != 'selfcare' as is_transferred,
        stacked.is_handled
        and stacked.transfer_type != 'none'
        and coalesce(stacked.transfer_target_type = 'third_party', false)
            as is_third_party_transfer,
        stacked.is_handled
        and stacked.transfer_type != 'none'
        and coalesce(stacked.transfer_target_type = 'selfcare', false) as is_selfcare_transfer,
        stacked.is_wrap_missing,
        stacked.is_first_leg,
        stacked.is_first_handled_leg,
        stacked.is_contact,
        coalesce(channels.is_digital, false) as is_digital,
        stacked.is_reached,
        stacked.is_argued,
        stacked.rebound_eligible,
        stacked.rebound_offered,
        stacked.rebound_accepted,
        coalesce(stacked.selfcare_eligible, topics.is_selfcare_eligible, false)
            as selfcare_eligible,
        stacked.selfcare_promoted,
        stacked.selfcare_promised,

        ---------- dates
        stacked.started_date,
        stacked.enqueued_date,
        stacked.answered_date,
        stacked.handled_date,
        stacked.contact_date,

        ---------- timestamps (UTC)
        {{ interval_start('stacked.enqueued_at') }} as interval_start_at,
        stacked.started_at,
        stacked.enqueued_at,
        stacked.answered_at,
        stacked.ended_at,
        stacked.queue_exit_at,
        stacked.handle_ended_at,
        stacked.contact_at

    from stacked

    left join channels
        on stacked.channel = channels.channel

    left join topics
        on stacked.topic_code = topics.topic_code

)

select * from final
