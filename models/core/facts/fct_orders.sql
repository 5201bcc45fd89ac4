-- Grain: one row per order placed by as_of by nobody who is a test.
with

orders as (

    select * from {{ ref('stg_crm__orders') }}

    where ordered_at <= {{ as_of() }}

),

customers as (

    select * from {{ ref('int_customers_folded') }}

),

-- test customers' orders are out (Q155)
folded as (

    select
        orders.*,
        coalesce(customers.surviving_customer_id, orders.customer_id) as surviving_customer_id,
        coalesce(orders.order_status = 'paid', false) as is_paid

    from orders

    left join customers
        on orders.customer_id = customers.customer_id

    where not coalesce(customers.is_test, false)

),

-- total order: order_id is the key; anonymous orders follow none (E33)
sequenced as (

    select
        *,
        row_number() over (
            partition by surviving_customer_id, is_paid
            order by ordered_at, order_id
        ) as order_number

    from folded

),

final as (

    select
        ---------- ids
        order_id,
        surviving_customer_id as customer_id,

        ---------- strings
        case
            when order_status in ('paid', 'cancelled', 'refunded') then order_status
            else 'unknown'
        end as order_status,
        currency_code,

        ---------- numerics
        amount,

        ---------- booleans
        is_paid,
        is_paid and surviving_customer_id is not null and order_number > 1 as is_repeat,

        ---------- dates
        {{ local_date('ordered_at') }} as ordered_date,

        ---------- timestamps (UTC)
        ordered_at

    from sequenced

)

select * from final
