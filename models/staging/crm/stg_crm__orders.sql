{{ config(unique_key='order_id') }}

with

latest as (

    {{ latest_deliveries('crm', 'orders') }}

),

renamed as (

    select
        ---------- ids
        order_id,
        customer_id,

        ---------- strings
        lower(status) as order_status,
        upper(currency) as currency_code,
        _source_file as source_file,

        ---------- numerics
        amount,

        ---------- timestamps (UTC)
        ordered_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
