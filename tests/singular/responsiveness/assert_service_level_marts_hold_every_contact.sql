-- The marts lose and repeat nothing of the fact, and in the day view the ways to end sum up to 1.
with

contacts as (

    select
        media,
        count(case when is_offered then contact_id end) as offered_calls,
        count(case when is_answered then contact_id end) as answered_calls,
        count(case when is_short_abandon then contact_id end) as short_abandoned_calls,
        count(wait_seconds) as asa_answered_contacts,
        coalesce({{ exact_sum('wait_seconds') }}, 0) as asa_wait_seconds,
        count(case when is_offered then queue_seconds end) as offered_contacts

    from {{ ref('fct_contacts') }}

    where
        media in ('voice', 'chat')
        and direction = 'inbound'
        and (enqueued_at is not null or disposition = 'abandoned_ivr')

    group by media

),

days as (

    select
        media,
        sum(offered_calls) as offered_calls,
        sum(answered_calls) as answered_calls,
        sum(short_abandoned_calls) as short_abandoned_calls,
        sum(asa_answered_contacts) as asa_answered_contacts,
        {{ exact_sum('asa_wait_seconds') }} as asa_wait_seconds,
        sum(offered_contacts) as offered_contacts

    from {{ ref('mart_service_level_daily') }}

    group by media

),

months as (

    select
        media,
        sum(asa_answered_contacts) as asa_answered_contacts,
        sum(offered_contacts) as offered_contacts

    from {{ ref('mart_service_level_monthly') }}

    where scope_type = 'all'

    group by media

),

lost as (

    select
        contacts.media,
        'totals differ' as finding

    from contacts

    left join days
        on contacts.media = days.media

    left join months
        on contacts.media = months.media

    where
        coalesce(days.offered_calls, -1) != contacts.offered_calls
        or days.answered_calls != contacts.answered_calls
        or days.short_abandoned_calls != contacts.short_abandoned_calls
        or days.asa_answered_contacts != contacts.asa_answered_contacts
        or abs(days.asa_wait_seconds - contacts.asa_wait_seconds) > 0.000001
        or days.offered_contacts != contacts.offered_contacts
        or coalesce(months.asa_answered_contacts, 0) != contacts.asa_answered_contacts
        or coalesce(months.offered_contacts, 0) != contacts.offered_contacts

),

uneven as (

    select
        media,
        'rates do not sum up to 1' as finding

    from {{ ref('mart_service_level_daily') }}

    where
        abs(
            answer_rate
            + abandonment_rate
            + {{ safe_ratio(
                '(callback_requests + flow_outs + voicemails + missed_contacts)', 'offered_calls'
            ) }}
            - 1
        ) > 0.000000001

)

select * from lost

union all

select * from uneven
