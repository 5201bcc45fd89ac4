-- Every currency and month with a cost has an exchange rate: without one the totals of the month
-- are NULL (E29, Q130). A row names the currency and the month.
-- It waits for the mart, which is to be built with its unknown totals all the same: a failing test
-- of the fact alone would keep dbt from building it.
-- depends_on: {{ ref('mart_cost_monthly') }}
with

costs as (

    select * from {{ ref('fct_cost_month') }}

),

final as (

    select
        currency_code,
        month_start_date,
        'no rate from ' || currency_code || ' to {{ var("reporting_currency") }} for '
        || cast(month_start_date as {{ dbt.type_string() }}) as finding,
        sum(cost_amount) as cost_amount

    from costs

    where reporting_amount is null

    group by
        currency_code,
        month_start_date

)

select * from final
