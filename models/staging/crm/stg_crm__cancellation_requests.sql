{{ config(unique_key='request_id') }}

with

latest as (

    {{ latest_deliveries('crm', 'cancellation_requests') }}

),

renamed as (

    select
        ---------- ids
        request_id,
        customer_id,
        subscription_id,
        interaction_id,
        agent_id,

        ---------- strings
        channel,
        reason_code,
        offer_code,
        lower(outcome) as outcome,
        _source_file as source_file,

        ---------- booleans
        is_retainable,

        ---------- timestamps (UTC)
        requested_at,
        outcome_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
