{{ config(
    unique_key='call_id',
    meta={'links': {
        'call': ['call_id', 'initial_call_id', 'callback_of_call_id'],
        'ticket': ['ticket_id'],
    }}
) }}

with

latest as (

    {{ latest_deliveries('telephony', 'calls') }}

),

renamed as (

    select
        ---------- ids
        call_id,
        initial_call_id,
        previous_call_id,
        ticket_id,
        customer_id,
        queue_id,
        agent_id,
        callback_of_call_id,
        campaign_id,

        ---------- strings
        lower(direction) as direction,
        topic_code,
        lower(disposition) as disposition,
        lower(disconnected_by) as disconnected_by,
        lower(transfer_type) as transfer_type,
        lower(transfer_target_type) as transfer_target_type,
        lower(outcome_code) as outcome_code,
        lower(offer_kind) as offer_kind,
        upper(currency) as currency_code,
        _source_file as source_file,

        ---------- numerics
        queue_seconds,
        dial_seconds,
        talk_seconds,
        hold_seconds,
        hold_count,
        wrap_seconds,
        sale_amount,

        ---------- booleans
        is_reached,
        is_argued,
        rebound_eligible,
        rebound_offered,
        rebound_accepted,
        selfcare_eligible,
        selfcare_promoted,
        selfcare_promised,
        is_test,

        ---------- timestamps (UTC)
        started_at,
        enqueued_at,
        answered_at,
        ended_at,
        acw_ended_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
