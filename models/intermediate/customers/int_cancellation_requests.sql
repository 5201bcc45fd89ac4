-- Grain: one row per request to cancel by as_of, requests of one customer within
-- cancellation_fold_days of the first as one.
-- Which requests begin anew follows from the first one of each customer: the next to begin is the
-- first later than the days. Doubling the steps, as in chain_ends, follows 64 of them in 6 rounds,
-- more than five years of asking every month.

{% set rounds = 6 -%}

with

requests as (

    select
        *,
        coalesce(requested_at, outcome_at) as asked_at

    from {{ ref('stg_crm__cancellation_requests') }}

    where coalesce(requested_at, outcome_at) <= {{ as_of() }}

),

customers as (

    select * from {{ ref('int_customers_folded') }}

),

-- who is not known asks once each time (E33)
folded as (

    select
        requests.*,
        coalesce(customers.surviving_customer_id, requests.customer_id) as known_customer_id,
        coalesce(
            'customer:' || coalesce(customers.surviving_customer_id, requests.customer_id),
            'request:' || requests.request_id
        ) as asker

    from requests

    left join customers
        on requests.customer_id = customers.customer_id

),

-- total order: request_id is the key
numbered as (

    select
        *,
        row_number() over (partition by asker order by asked_at, request_id) as request_number

    from folded

),

-- nearly everybody asks once
repeated as (

    select
        earlier.request_id,
        later.request_id as next_request_id,
        row_number() over (
            partition by earlier.request_id
            order by later.request_number
        ) as next_number

    from numbered as earlier

    inner join numbered as later
        on
            earlier.asker = later.asker
            and earlier.request_number < later.request_number

    where
        {{ elapsed_seconds('earlier.asked_at', 'later.asked_at') }}
        > {{ var('cancellation_fold_days') }} * 86400

),

steps_0 as (

    select
        request_id,
        next_request_id

    from repeated

    where next_number = 1

),

begun_0 as (

    select request_id

    from numbered

    where request_number = 1

),

{% for round in range(1, rounds + 1) -%}
    begun_{{ round }} as (

        select request_id from begun_{{ round - 1 }}

        union distinct

        select steps.next_request_id as request_id

        from begun_{{ round - 1 }} as begun

        inner join steps_{{ round - 1 }} as steps
            on begun.request_id = steps.request_id

    ),

    steps_{{ round }} as (

        select
            here.request_id,
            further.next_request_id

        from steps_{{ round - 1 }} as here

        inner join steps_{{ round - 1 }} as further
            on here.next_request_id = further.request_id

    ),

{% endfor -%}
counted as (

    select
        numbered.*,
        sum(case when begun.request_id is not null then 1 else 0 end) over (
            partition by numbered.asker
            order by numbered.request_number
            rows between unbounded preceding and current row
        ) as fold_number

    from numbered

    left join begun_{{ rounds }} as begun
        on numbered.request_id = begun.request_id

),

-- the last one speaks for all (Q155)
ranked as (

    select
        *,
        count(*) over (partition by asker, fold_number) as request_count,
        min(asked_at) over (partition by asker, fold_number) as first_requested_at,
        row_number() over (
            partition by asker, fold_number
            order by request_number desc
        ) as recency

    from counted

),

final as (

    select
        ---------- ids
        request_id,
        known_customer_id as customer_id,
        subscription_id,
        interaction_id,
        agent_id,

        ---------- strings
        channel,
        reason_code,
        offer_code,
        -- an outcome after as_of is not known yet (Q09)
        case
            when outcome_at > {{ as_of() }} then 'pending'
            when outcome in ('saved', 'lost', 'pending', 'withdrawn') then outcome
            when outcome is null then 'pending'
            else 'unknown'
        end as outcome,

        ---------- numerics
        request_count,

        ---------- booleans
        -- only what is said excludes (Q08)
        coalesce(is_retainable, true) as is_retainable,

        ---------- timestamps (UTC)
        first_requested_at,
        asked_at as requested_at,
        -- without an instant, or one well before the request, the request dates it
        case
            when outcome_at > {{ as_of() }} or coalesce(outcome, 'pending') = 'pending' then null
            when outcome_at >= asked_at then outcome_at
            else asked_at
        end as outcome_at

    from ranked

    where recency = 1

)

select * from final
