-- Grain: one row per customer.
-- A customer merged in a circle, or into nobody known, stands for itself: nobody may vanish from
-- distinct counts (E39).

with

customers as (

    select * from {{ ref('stg_crm__customers') }}

),

{{ chain_ends('customers', 'customer_id', 'merged_into_customer_id') }},

survivors as (

    select
        chain_ends.customer_id,
        targets.customer_id as surviving_customer_id

    from chain_ends

    inner join customers as targets
        on
            chain_ends.end_id = targets.customer_id
            and targets.merged_into_customer_id is null

),

folded as (

    select
        customers.customer_id,
        coalesce(survivors.surviving_customer_id, customers.customer_id) as surviving_customer_id

    from customers

    left join survivors
        on customers.customer_id = survivors.customer_id

),

final as (

    select
        ---------- ids
        folded.customer_id,
        folded.surviving_customer_id,

        ---------- strings
        coalesce(surviving.segment, 'unknown') as customer_segment,
        coalesce(surviving.country, 'unknown') as country,
        coalesce(surviving.language, 'unknown') as language,
        coalesce(surviving.acquisition_source, 'unknown') as acquisition_source,

        ---------- booleans
        coalesce(surviving.is_test, false) as is_test,

        ---------- timestamps (UTC)
        surviving.acquired_at

    from folded

    inner join customers as surviving
        on folded.surviving_customer_id = surviving.customer_id

)

select * from final
