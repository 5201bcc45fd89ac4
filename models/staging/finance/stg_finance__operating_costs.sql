{{ config(unique_key='cost_id') }}

with

latest as (

    {{ latest_deliveries('finance', 'operating_costs') }}

),

renamed as (

    select
        ---------- ids
        cost_id,
        cost_center_id,
        vendor_id,

        ---------- strings
        lower(category) as cost_category,
        lower(channel) as channel,
        upper(currency) as currency_code,
        _source_file as source_file,

        ---------- numerics
        amount,

        ---------- booleans
        is_payroll_mirror,

        ---------- dates
        cost_month,

        ---------- timestamps (UTC)
        posted_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
