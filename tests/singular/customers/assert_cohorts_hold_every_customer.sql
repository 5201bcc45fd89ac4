-- Every customer is in one cohort from the first month on, and leaves it with the end of the first
-- spell.
with

first_spells as (

    select
        cohort_month_start_date,
        {{ period_start('month', 'spell_to_date') }} as lost_month_start_date

    from {{ ref('fct_customer_activity') }}

    where
        spell_number = 1
        and is_spell_start

),

cohorts as (

    select
        cohort_month_start_date,
        month_start_date,
        sum(cohort_customers) as cohort_customers,
        sum(customers_lost) as customers_lost,
        sum(customers_surviving) as customers_surviving

    from {{ ref('fct_cohorts') }}

    group by
        cohort_month_start_date,
        month_start_date

),

latest_months as (

    select max(month_start_date) as month_start_date from cohorts

),

-- at the latest age everything that happened shows
latest as (

    select cohorts.*

    from cohorts

    inner join latest_months
        on cohorts.month_start_date = latest_months.month_start_date

),

expected as (

    select
        first_spells.cohort_month_start_date,
        count(*) as cohort_customers,
        count({{ one_if(
            'first_spells.lost_month_start_date is null'
            ' or first_spells.lost_month_start_date > latest_months.month_start_date'
        ) }}) as customers_surviving

    from first_spells

    cross join latest_months

    group by first_spells.cohort_month_start_date

),

wrong as (

    select
        latest.*,
        expected.cohort_customers as expected_cohort_customers,
        expected.customers_surviving as expected_customers_surviving

    from latest

    inner join expected
        on latest.cohort_month_start_date = expected.cohort_month_start_date

    where
        latest.cohort_customers != expected.cohort_customers
        or latest.customers_surviving != expected.customers_surviving

)

select * from wrong
