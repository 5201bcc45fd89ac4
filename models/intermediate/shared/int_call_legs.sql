-- Grain: one row per call leg that started by as_of and is no test.
with

legs as (

    select * from {{ ref('stg_telephony__calls') }}

    where
        started_at <= {{ as_of() }}
        and not coalesce(is_test, false)
        and {{ is_restated('call', 'call_id') }}

),

survivors as (

    select * from {{ ref('int_ticket_survivors') }}

),

customers as (

    select * from {{ ref('int_customers_folded') }}

),

final as (

    select
        ---------- ids
        legs.call_id,
        coalesce(legs.initial_call_id, legs.call_id) as initial_call_id,
        legs.previous_call_id,
        survivors.survivor_ticket_id as ticket_id,
        legs.ticket_id as delivered_ticket_id,
        coalesce(customers.surviving_customer_id, legs.customer_id) as customer_id,
        legs.queue_id,
        legs.agent_id,
        legs.callback_of_call_id,
        legs.campaign_id,

        ---------- strings
        legs.direction,
        legs.topic_code,
        legs.disposition,
        legs.disconnected_by,
        coalesce(legs.transfer_type, 'none') as transfer_type,
        legs.transfer_target_type,
        legs.outcome_code,
        legs.offer_kind,
        legs.currency_code,

        ---------- numerics
        legs.queue_seconds,
        legs.dial_seconds,
        legs.talk_seconds,
        legs.hold_seconds,
        legs.hold_count,
        legs.wrap_seconds,
        legs.sale_amount,

        ---------- booleans
        coalesce(legs.is_reached, false) as is_reached,
        coalesce(legs.is_argued, false) as is_argued,
        coalesce(legs.rebound_eligible, false) as rebound_eligible,
        coalesce(legs.rebound_offered, false) as rebound_offered,
        coalesce(legs.rebound_accepted, false) as rebound_accepted,
        legs.selfcare_eligible,
        coalesce(legs.selfcare_promoted, false) as selfcare_promoted,
        coalesce(legs.selfcare_promised, false) as selfcare_promised,

        ---------- timestamps (UTC)
        legs.started_at,
        legs.enqueued_at,
        legs.answered_at,
        legs.ended_at,
        legs.acw_ended_at

    from legs

    -- a call without a ticket, or with one that is not there, counts all the same (E35)
    left join survivors
        on legs.ticket_id = survivors.ticket_id

    left join customers
        on legs.customer_id = customers.customer_id

)

select * from final
