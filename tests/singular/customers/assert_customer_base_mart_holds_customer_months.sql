-- What the mart adds up from those won and lost is what counting customers month by month gives.

with

mart_months as (

    select
        period_start_date as month_start_date,
        sum(customers_at_start) as customers_at_start,
        sum(customers_active_end) as customers_active_end,
        sum(customers_won) as customers_won,
        sum(customers_lost) as customers_lost,
        sum(customers_lost_from_start) as customers_lost_from_start,
        sum(start_contacted) as start_contacted,
        sum(retained_contacted) as retained_contacted

    from {{ ref('mart_customer_base_monthly') }}

    where period_grain = 'month'

    group by period_start_date

),

customer_months as (

    select
        month_start_date,
        sum({{ count_if('is_active_start') }}) as customers_at_start,
        sum({{ count_if('is_active_end') }}) as customers_active_end,
        sum(spells_started) as customers_won,
        sum(spells_ended) as customers_lost,
        sum({{ count_if('is_lost') }}) as customers_lost_from_start,
        sum({{ count_if('is_active_start and was_contacted') }}) as start_contacted,
        sum({{ count_if('is_active_start and was_contacted and not is_lost') }})
            as retained_contacted

    from {{ ref('fct_customer_month') }}

    group by month_start_date

),

failed as (

    select
        mart_months.*,
        customer_months.customers_at_start as expected_at_start,
        customer_months.customers_active_end as expected_active_end,
        customer_months.customers_won as expected_won,
        customer_months.customers_lost as expected_lost,
        customer_months.customers_lost_from_start as expected_lost_from_start,
        customer_months.start_contacted as expected_start_contacted,
        customer_months.retained_contacted as expected_retained_contacted

    from mart_months

    -- months without any customer have rows for orders alone
    left join customer_months
        on mart_months.month_start_date = customer_months.month_start_date

    where
        mart_months.customers_at_start != coalesce(customer_months.customers_at_start, 0)
        or mart_months.customers_active_end != coalesce(customer_months.customers_active_end, 0)
        or mart_months.customers_won != coalesce(customer_months.customers_won, 0)
        or mart_months.customers_lost != coalesce(customer_months.customers_lost, 0)
        or mart_months.customers_lost_from_start
        != coalesce(customer_months.customers_lost_from_start, 0)
        or mart_months.start_contacted != coalesce(customer_months.start_contacted, 0)
        or mart_months.retained_contacted != coalesce(customer_months.retained_contacted, 0)

)

select * from failed
