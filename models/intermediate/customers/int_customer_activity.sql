-- Grain: one row per customer, spell of activity and main plan in it.
-- A customer is active while any subscription runs. A gap of up to churn_grace_days local dates is
-- bridged (Q137). Where no subscription was ever delivered, a paid order keeps its customer active
-- for inactivity_churn_days; that is grace enough. The main plan is that of the subscription that
-- has run longest, so that an add-on moves nobody: the rows in order of their start are looked
-- through once, and one that ends before another from earlier ends is never the main one.

{% set customer_order = 'from_date, started_at, source_id' -%}

with

subscriptions as (

    select * from {{ ref('stg_crm__subscriptions') }}

    where customer_id is not null

),

orders as (

    select * from {{ ref('stg_crm__orders') }}

    where
        customer_id is not null
        and order_status = 'paid'
        and ordered_at <= {{ as_of() }}

),

customers as (

    select * from {{ ref('int_customers_folded') }}

),

-- an end after as_of has not come yet (Q09)
subscribed as (

    select
        coalesce(customers.surviving_customer_id, subscriptions.customer_id) as customer_id,
        subscriptions.subscription_id as source_id,
        coalesce(subscriptions.plan_code, 'unknown') as plan_code,
        coalesce(customers.is_test, false) as is_test,
        coalesce(subscriptions.started_at, customers.acquired_at) as started_at,
        case when subscriptions.ended_at <= {{ as_of() }} then subscriptions.ended_at end
            as ended_at

    from subscriptions

    left join customers
        on subscriptions.customer_id = customers.customer_id

),

-- ended before it began: cancelled before the service started, so nobody was active
dated_subscriptions as (

    select
        customer_id,
        source_id,
        plan_code,
        {{ var('churn_grace_days') }} as grace_days,
        is_test,
        started_at,
        {{ local_date('started_at') }} as from_date,
        {{ local_date('case when ended_at < started_at then started_at else ended_at end') }}
            as to_date

    from subscribed

    where
        started_at <= {{ as_of() }}
        and (ended_at is null or {{ duration_seconds('started_at', 'ended_at') }} is not null)

),

subscription_counts as (

    select count(*) as subscription_count from dated_subscriptions

),

dated_orders as (

    select
        coalesce(customers.surviving_customer_id, orders.customer_id) as customer_id,
        orders.order_id as source_id,
        'none' as plan_code,
        0 as grace_days,
        coalesce(customers.is_test, false) as is_test,
        orders.ordered_at as started_at,
        {{ local_date('orders.ordered_at') }} as from_date,
        {{ add_days(local_date('orders.ordered_at'), var('inactivity_churn_days')) }} as to_date

    from orders

    left join customers
        on orders.customer_id = customers.customer_id

    cross join subscription_counts

    where subscription_counts.subscription_count = 0

),

unioned as (

    select
        customer_id,
        source_id,
        plan_code,
        grace_days,
        is_test,
        started_at,
        from_date,
        coalesce(to_date, cast('9999-12-31' as date)) as to_date

    from dated_subscriptions

    union all

    select
        customer_id,
        source_id,
        plan_code,
        grace_days,
        is_test,
        started_at,
        from_date,
        case when to_date <= {{ as_of_date() }} then to_date else cast('9999-12-31' as date) end
            as to_date

    from dated_orders

),

-- total order: source_id is the key
covered as (

    select
        *,
        max(to_date) over (
            partition by customer_id
            order by {{ customer_order }}
            rows between unbounded preceding and 1 preceding
        ) as covered_to_date

    from unioned

),

main_ones as (

    select
        *,
        case when covered_to_date > from_date then covered_to_date else from_date end
            as main_from_date,
        case
            when covered_to_date is null then 1
            when {{ days_between('covered_to_date', 'from_date') }} > grace_days then 1
            else 0
        end as is_spell_start

    from covered

    where
        covered_to_date is null
        or to_date > covered_to_date

),

followed as (

    select
        *,
        lag(plan_code) over (
            partition by customer_id
            order by {{ customer_order }}
        ) as previous_plan_code

    from main_ones

),

numbered as (

    select
        *,
        sum(is_spell_start) over (
            partition by customer_id
            order by {{ customer_order }}
            rows between unbounded preceding and current row
        ) as spell_number,
        case
            when is_spell_start = 1 then 1
            when plan_code = previous_plan_code then 0
            else 1
        end as is_plan_start

    from followed

),

-- one plan after the other
planned as (

    select
        *,
        sum(is_plan_start) over (
            partition by customer_id
            order by {{ customer_order }}
            rows between unbounded preceding and current row
        ) as plan_number

    from numbered

),

stretches as (

    select
        customer_id,
        spell_number,
        plan_number,
        plan_code,
        is_test,
        max(grace_days) as grace_days,
        min(main_from_date) as from_date,
        max(to_date) as last_to_date

    from planned

    group by
        customer_id,
        spell_number,
        plan_number,
        plan_code,
        is_test

),

-- in a bridged gap the plan is that before it
bounded as (

    select
        *,
        lead(from_date) over (
            partition by customer_id, spell_number
            order by plan_number
        ) as next_from_date,
        min(from_date) over (partition by customer_id, spell_number) as spell_from_date,
        max(last_to_date) over (partition by customer_id, spell_number) as last_spell_to_date

    from stretches

),

ended as (

    select
        *,
        coalesce(next_from_date, nullif(last_to_date, cast('9999-12-31' as date))) as to_date,
        nullif(last_spell_to_date, cast('9999-12-31' as date)) as spell_to_date

    from bounded

),

final as (

    select
        ---------- ids
        customer_id,

        ---------- strings
        plan_code,

        ---------- numerics
        cast(spell_number as integer) as spell_number,
        cast(plan_number as integer) as plan_number,

        ---------- booleans
        row_number() over (
            partition by customer_id, spell_number
            order by plan_number
        ) = 1 as is_spell_start,
        next_from_date is null and spell_to_date is not null as is_spell_end,
        -- the last date on which a new start would bridge the gap is over
        coalesce(
            {{ utc_from_local(add_days('spell_to_date', 'grace_days + 1')) }} <= {{ as_of() }},
            false
        ) as is_end_final,
        is_test,

        ---------- dates
        from_date,
        to_date,
        spell_from_date,
        spell_to_date

    from ended

)

select * from final
