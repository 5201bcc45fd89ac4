-- Of the customers at the start of a period each is lost or retained, contacted or not: churn and
-- retention are 1, and NULL together (8.5).
select
    period_grain,
    period_start_date,
    customer_churn_rate,
    customer_retention_rate,
    customers_at_start,
    start_contacted,
    start_others,
    retained_contacted,
    retained_others

from {{ ref('mart_customer_base_monthly') }}

where
    abs(customer_churn_rate + customer_retention_rate - 1) > 1e-9
    or (customer_churn_rate is null) != (customer_retention_rate is null)
    or (customer_churn_rate is null) != (customers_at_start = 0)
    or customers_lost_from_start + customers_retained != customers_at_start
    or start_contacted + start_others != customers_at_start
    or retained_contacted + retained_others != customers_retained
    or retained_contacted > start_contacted
    or retained_others > start_others
