-- Grain: one row per customer.
with

customers as (

    select * from {{ ref('int_customers_folded') }}

),

final as (

    select
        ---------- ids
        customer_id,
        surviving_customer_id,

        ---------- strings
        customer_segment,
        country,
        language,
        acquisition_source,

        ---------- booleans
        is_test,
        customer_id != surviving_customer_id as is_merged,

        ---------- timestamps (UTC)
        acquired_at

    from customers

    where customer_id != 'unknown'

    union all

    select
        'unknown' as customer_id,
        'unknown' as surviving_customer_id,
        'unknown' as customer_segment,
        'unknown' as country,
        'unknown' as language,
        'unknown' as acquisition_source,
        false as is_test,
        false as is_merged,
        null as acquired_at

)

select * from final
