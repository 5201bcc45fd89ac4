-- Grain: one row per customer, spell of activity and main plan in it.

{{ config(
    materialized='incremental',
    unique_key=['customer_id', 'plan_number'],
    meta={'scope': 'all', 'links': {'customer_months': ['customer_id']}}
) }}

with

stretches as (

    select * from {{ ref('int_customer_activity') }}

    where not is_test

),

customers as (

    select * from {{ ref('dim_customer') }}

),

final as (

    select
        ---------- ids
        stretches.customer_id,

        ---------- strings
        coalesce(customers.customer_segment, 'unknown') as customer_segment,
        coalesce(customers.country, 'unknown') as country,
        coalesce(customers.acquisition_source, 'unknown') as acquisition_source,
        stretches.plan_code,

        ---------- numerics
        stretches.spell_number,
        stretches.plan_number,

        ---------- booleans
        stretches.is_spell_start,
        stretches.is_spell_end,
        stretches.is_end_final,

        ---------- dates
        stretches.from_date,
        stretches.to_date,
        stretches.spell_from_date,
        stretches.spell_to_date,
        {{ period_start(
            'month',
            'min(stretches.spell_from_date) over (partition by stretches.customer_id)'
        ) }} as cohort_month_start_date

    from stretches

    -- who is not in customers keeps the id and counts (E35)
    left join customers
        on stretches.customer_id = customers.customer_id

)

select * from final
