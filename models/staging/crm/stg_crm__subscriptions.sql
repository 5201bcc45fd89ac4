{{ config(unique_key='subscription_id') }}

with

latest as (

    {{ latest_deliveries('crm', 'subscriptions') }}

),

renamed as (

    select
        ---------- ids
        subscription_id,
        customer_id,

        ---------- strings
        plan_code,
        end_reason,
        _source_file as source_file,

        ---------- timestamps (UTC)
        started_at,
        ended_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
