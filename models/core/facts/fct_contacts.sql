-- Grain: one row per call leg but internal ones, chat session queued or handled, and customer turn.

{{ config(
    materialized='incremental',
    unique_key='contact_id',
    meta={
        'scope': {
            'ticket': 'ticket_id',
            'call': "case when contact_type = 'call' then substr(contact_id, 6) end",
            'chat': "case when contact_type = 'chat' then substr(contact_id, 6) end",
        },
        'links': {
            'date': [
                'started_date', 'enqueued_date', 'answered_date', 'handled_date',
                'contact_date', 'queue_exit_date',
            ],
        },
    }
) }}

with

contacts as (

    select * from {{ ref('int_contacts') }}

),

final as (

    select
        ---------- ids
        contact_id,
        queue_id,
        agent_id,
        team_id,
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
        transfer_type,
        transfer_target_type,
        offer_kind,
        outcome_code,
        currency_code,

        ---------- numerics
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

        ---------- booleans
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
        is_handle_measured,
        is_transferred,
        is_third_party_transfer,
        is_selfcare_transfer,
        is_wrap_missing,
        is_first_leg,
        is_first_handled_leg,
        is_contact,
        is_digital,
        is_reached,
        is_argued,
        rebound_eligible,
        rebound_offered,
        rebound_accepted,
        selfcare_eligible,
        selfcare_promoted,
        selfcare_promised,

        ---------- dates
        started_date,
        enqueued_date,
        answered_date,
        handled_date,
        contact_date,
        {{ local_date('queue_exit_at') }} as queue_exit_date,

        ---------- timestamps (UTC)
        interval_start_at,
        started_at,
        enqueued_at,
        answered_at,
        ended_at,
        queue_exit_at,
        handle_ended_at,
        contact_at

    from contacts

)

select * from final
