-- Customers at the start, plus won, minus lost, are those at the end, which the next period starts
-- with (8.5). Moves between plans cancel out over all plans.
with

totals as (

    select
        period_grain,
        period_start_date,
        sum(customers_at_start) as customers_at_start,
        sum(customers_won) as customers_won,
        sum(customers_lost) as customers_lost,
        sum(customers_lost_from_start + same_period_churn) as losses_by_start,
        sum(net_customer_growth) as net_customer_growth,
        sum(customers_moved_in) as customers_moved_in,
        sum(customers_moved_out) as customers_moved_out,
        sum(customers_active) as customers_active

    from {{ ref('mart_customer_base_monthly') }}

    group by
        period_grain,
        period_start_date

),

followed as (

    select
        *,
        lag(customers_active) over (
            partition by period_grain
            order by period_start_date
        ) as previous_customers_active

    from totals

),

wrong as (

    select * from followed

    where
        customers_at_start + customers_won - customers_lost != customers_active
        or net_customer_growth != customers_active - customers_at_start
        or customers_moved_in != customers_moved_out
        or customers_at_start != previous_customers_active
        or losses_by_start != customers_lost

)

select * from wrong
