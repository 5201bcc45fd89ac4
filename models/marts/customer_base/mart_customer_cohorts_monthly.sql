-- Grain: one row per month of winning, age in months, segment, country, source and first plan.
with

cohorts as (

    select * from {{ ref('fct_cohorts') }}

),

sources as (

    select * from {{ ref('dim_source') }}

    where source_name = 'crm'

),

months as (

    select
        month_start_date,
        max(day_end_at) as month_end_at

    from {{ ref('dim_date') }}

    group by month_start_date

),

final as (

    select
        ---------- keys
        cohorts.cohort_month_start_date,
        cohorts.age_months,
        cohorts.month_start_date,
        cohorts.customer_segment,
        cohorts.country,
        cohorts.acquisition_source,
        cohorts.plan_code,

        ---------- additive within a cohort's age
        cohorts.cohort_customers,
        cohorts.customers_at_risk,
        cohorts.customers_lost,
        cohorts.customers_surviving,

        ---------- KPIs
        {{ safe_ratio('cohorts.customers_surviving', 'cohorts.cohort_customers') }}
            as cohort_survival_rate,
        {{ safe_ratio('cohorts.customers_lost', 'cohorts.customers_at_risk') }}
            as cohort_churn_rate,

        ---------- flags
        cohorts.cohort_customers < {{ var('small_sample_n') }} as is_small_sample,
        sources.data_through_at < months.month_end_at
        or {{ as_of() }} < months.month_end_at
        or cohorts.has_provisional_losses as is_provisional,

        ---------- timestamps (UTC)
        least(sources.data_through_at, months.month_end_at) as data_through_at

    from cohorts

    inner join months
        on cohorts.month_start_date = months.month_start_date

    cross join sources

)

select * from final
