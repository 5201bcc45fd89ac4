-- Grain: one row per currency and month.
with

rates as (

    select * from {{ ref('stg_finance__fx_rates') }}

),

months as (

    select distinct month_start_date from {{ ref('dim_date') }}

),

-- only what was delivered: no inverse rate, no other month, no crossing by a third currency (E29)
delivered as (

    select
        from_currency as currency_code,
        cast(rate as {{ type_double() }}) as exchange_rate,
        rate_month as month_start_date

    from rates

    where
        to_currency = '{{ var("reporting_currency") }}'
        and from_currency != '{{ var("reporting_currency") }}'
        and rate_month = {{ period_start('month', 'rate_month') }}
        and rate > 0

),

reporting as (

    select
        '{{ var("reporting_currency") }}' as currency_code,
        cast(1 as {{ type_double() }}) as exchange_rate,
        month_start_date

    from months

),

unioned as (

    select * from delivered

    union all

    select * from reporting

),

final as (

    select
        ---------- strings
        currency_code,

        ---------- numerics
        exchange_rate,

        ---------- dates
        month_start_date

    from unioned

)

select * from final
