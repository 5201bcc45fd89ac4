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
{% set populations = {'all': 'true', 'recent': 'is_recently_acquired'} %}

with

contacts as (

    select * from {{ ref('fct_contacts') }}

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

supported as (

    select
        contacts.contact_id,
        contacts.customer_id,
        contacts.channel,
        contacts.handled_date,
        contacts.handle_ended_at,
        coalesce(
            {{ elapsed_seconds('customers.acquired_at', 'contacts.handle_ended_at') }}
            between 0 and 86400 * {{ var('new_customer_days') }},
            false
        ) as is_recently_acquired

    from contacts

    left join customers
        on contacts.customer_id = customers.customer_id

),

-- Whoever was there before in a period is not counted in it again: the day of the customer's
-- contact before tells, in one pass and without a row per customer and period. Handled at the same
-- instant: the contact id decides, so that nobody is new twice.
{% for population, condition in populations.items() -%}
    {{ population }}_sequence as (

        select
            channel,
            handled_date,
            lag(handled_date) over (
                partition by customer_id
                order by handle_ended_at, contact_id
            ) as previous_date,
            lag(handled_date) over (
                partition by customer_id, channel
                order by handle_ended_at, contact_id
            ) as previous_channel_date

        from supported

        where {{ condition }}

    ),

{% endfor -%}
-- as customers of their channel, and of all channels
scoped as (

    {% for population in populations -%}
        select
            '{{ population }}' as population,
            channel,
            handled_date,
            previous_channel_date as previous_date,
            -- nobody is new in one channel who was there in another
            previous_date is null as is_first_ever

        from {{ population }}_sequence

        union all

        select
            '{{ population }}' as population,
            'all' as channel,
            handled_date,
            previous_date,
            previous_date is null as is_first_ever

        from {{ population }}_sequence

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

first_in_periods as (

    select
        scoped.population,
        scoped.channel,
        scoped.handled_date,
        {% for grain, start_column in grains.items() -%}
            count(
                {{ one_if('coalesce(scoped.previous_date < dates.' ~ start_column ~ ', true)') }}
            ) as in_{{ grain }},
        {% endfor -%}
        count({{ one_if('scoped.is_first_ever') }}) as in_ever

    from scoped

    inner join dates
        on scoped.handled_date = dates.date_day

    group by
        scoped.population,
        scoped.channel,
        scoped.handled_date

),

aggregated as (

    {% for grain, start_column in grains.items() -%}
        select
            '{{ grain }}' as period_grain,
            dates.{{ start_column }} as period_start_date,
            firsts.channel,
            sum(case when firsts.population = 'all' then firsts.in_{{ grain }} else 0 end)
                as customers_supported,
            sum(case when firsts.population = 'all' then firsts.in_ever else 0 end)
                as new_customers_supported,
            sum(case when firsts.population = 'recent' then firsts.in_{{ grain }} else 0 end)
                as new_customers_supported_recent

        from first_in_periods as firsts

        inner join dates
            on firsts.handled_date = dates.date_day

        group by
            dates.{{ start_column }},
            firsts.channel

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

periods as (

    {% for grain, start_column in grains.items() -%}
        select
            '{{ grain }}' as period_grain,
            {{ start_column }} as period_start_date,
            max(day_end_at) as period_end_at

        from dates

        group by {{ start_column }}

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

final as (

    select
        ---------- keys
        aggregated.period_grain,
        aggregated.period_start_date,
        aggregated.channel,

        ---------- KPIs, not additive
        cast(aggregated.customers_supported as {{ dbt.type_bigint() }}) as customers_supported,
        cast(aggregated.new_customers_supported as {{ dbt.type_bigint() }})
            as new_customers_supported,
        cast(aggregated.new_customers_supported_recent as {{ dbt.type_bigint() }})
            as new_customers_supported_recent,

        ---------- flags
        aggregated.customers_supported < {{ var('small_sample_n') }} as is_small_sample,
        sources.data_through_at < periods.period_end_at as is_provisional,

        ---------- timestamps (UTC)
        least(sources.data_through_at, periods.period_end_at) as data_through_at

    from aggregated

    inner join periods
        on
            aggregated.period_grain = periods.period_grain
            and aggregated.period_start_date = periods.period_start_date

    cross join sources

)

select * from final
