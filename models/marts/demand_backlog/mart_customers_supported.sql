-- Grain: one row per period grain, period start and channel (all = every channel).
{# Distinct customers do not add up over days or channels, so each period and channel is counted for
   itself. Customers of anonymous contacts are unknown and left out (E33). #}
{% set grains = {
    'day': 'date_day',
    'week': 'week_start_date',
    'month': 'month_start_date',
    'quarter': 'quarter_start_date',
    'year': 'year_start_date',
} %}

with

contacts as (

    select
        contact_id,
        customer_id,
        channel,
        handled_date,
        handle_ended_at

    from {{ ref('fct_contacts') }}

    where
        is_handled
        and customer_id is not null
        and handled_date is not null

),

customers as (

    select * from {{ ref('dim_customer') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

sources as (

    select min(data_through_at) as data_through_at

    from {{ ref('dim_source') }}

    where source_name in ('helpdesk', 'telephony')

),

ordered as (

    select
        *,
        -- handled at the same instant: the contact id decides, so that nobody is new twice
        row_number() over (
            partition by customer_id
            order by handle_ended_at, contact_id
        ) as contact_number

    from contacts

),

-- a customer counts once a day and channel: what is summed below stays small
customer_days as (

    select
        ordered.customer_id,
        ordered.channel,
        ordered.handled_date,
        max({{ count_if('ordered.contact_number = 1') }}) as is_first_ever,
        max({{ count_if(
            elapsed_seconds('customers.acquired_at', 'ordered.handle_ended_at')
            ~ ' between 0 and 86400 * ' ~ var('new_customer_days')
        ) }}) as is_recently_acquired

    from ordered

    left join customers
        on ordered.customer_id = customers.customer_id

    group by
        ordered.customer_id,
        ordered.channel,
        ordered.handled_date

),

periods as (

    {% for grain, start_column in grains.items() -%}
        select
            date_day,
            '{{ grain }}' as period_grain,
            {{ start_column }} as period_start_date,
            max(day_end_at) over (partition by {{ start_column }}) as period_end_at

        from dates

        {{ 'union all' if not loop.last }}

    {% endfor %}

),

scoped as (

    select
        customer_id,
        channel,
        handled_date,
        is_first_ever,
        is_recently_acquired

    from customer_days

    union all

    select
        customer_id,
        'all' as channel,
        handled_date,
        is_first_ever,
        is_recently_acquired

    from customer_days

),

-- grouping twice counts distinct customers, all three figures in one pass
period_customers as (

    select
        periods.period_grain,
        periods.period_start_date,
        scoped.channel,
        scoped.customer_id,
        max(periods.period_end_at) as period_end_at,
        max(scoped.is_first_ever) as is_first_ever,
        max(scoped.is_recently_acquired) as is_recently_acquired

    from scoped

    inner join periods
        on scoped.handled_date = periods.date_day

    group by
        periods.period_grain,
        periods.period_start_date,
        scoped.channel,
        scoped.customer_id

),

aggregated as (

    select
        period_grain,
        period_start_date,
        channel,
        max(period_end_at) as period_end_at,
        count(*) as customers_supported,
        count({{ one_if('is_first_ever = 1') }}) as new_customers_supported,
        count({{ one_if('is_recently_acquired = 1') }}) as new_customers_supported_recent

    from period_customers

    group by
        period_grain,
        period_start_date,
        channel

),

final as (

    select
        ---------- keys
        aggregated.period_grain,
        aggregated.period_start_date,
        aggregated.channel,

        ---------- KPIs, not additive
        aggregated.customers_supported,
        aggregated.new_customers_supported,
        aggregated.new_customers_supported_recent,

        ---------- flags
        aggregated.customers_supported < {{ var('small_sample_n') }} as is_small_sample,
        sources.data_through_at < aggregated.period_end_at as is_provisional,

        ---------- timestamps (UTC)
        least(sources.data_through_at, aggregated.period_end_at) as data_through_at

    from aggregated

    cross join sources

)

select * from final
