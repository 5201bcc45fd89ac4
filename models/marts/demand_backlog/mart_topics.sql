-- Grain: one row per period grain, period start and topic.
{# Rank and growth do not add up, so each week and month is looked at for itself; topics that nobody
   asked about have a row too, or their decline to nothing could not be seen. #}
{% set grains = {
    'week': 'week_start_date',
    'month': 'month_start_date',
} %}

with

tickets as (

    select
        created_date,
        topic_code,
        count(*) as topic_tickets

    from {{ ref('fct_tickets') }}

    where
        is_valid
        and is_topic_tagged

    group by
        created_date,
        topic_code

),

topics as (

    select * from {{ ref('dim_topic') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

sources as (

    select * from {{ ref('dim_source') }}

    where source_name = 'helpdesk'

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

period_topics as (

    select
        periods.period_grain,
        periods.period_start_date,
        tickets.topic_code,
        sum(tickets.topic_tickets) as topic_tickets

    from tickets

    inner join periods
        on tickets.created_date = periods.date_day

    group by
        periods.period_grain,
        periods.period_start_date,
        tickets.topic_code

),

period_totals as (

    select
        period_grain,
        period_start_date,
        case period_grain
            when 'week' then {{ add_days('period_start_date', -7) }}
            else {{ period_start('month', add_days('period_start_date', -1)) }}
        end as previous_start_date,
        sum(topic_tickets) as tagged_tickets

    from period_topics

    group by
        period_grain,
        period_start_date

),

period_ends as (

    select distinct
        period_grain,
        period_start_date,
        period_end_at

    from periods

),

compared as (

    select
        period_totals.period_grain,
        period_totals.period_start_date,
        topics.topic_code,
        period_ends.period_end_at,
        coalesce(period_topics.topic_tickets, 0) as topic_tickets,
        period_totals.tagged_tickets,
        coalesce(previous_topics.topic_tickets, 0) as previous_topic_tickets,
        coalesce(previous_totals.tagged_tickets, 0) as previous_tagged_tickets

    from period_totals

    inner join period_ends
        on
            period_totals.period_grain = period_ends.period_grain
            and period_totals.period_start_date = period_ends.period_start_date

    cross join topics

    left join period_topics
        on
            period_totals.period_grain = period_topics.period_grain
            and period_totals.period_start_date = period_topics.period_start_date
            and topics.topic_code = period_topics.topic_code

    left join period_totals as previous_totals
        on
            period_totals.period_grain = previous_totals.period_grain
            and period_totals.previous_start_date = previous_totals.period_start_date

    left join period_topics as previous_topics
        on
            period_totals.period_grain = previous_topics.period_grain
            and period_totals.previous_start_date = previous_topics.period_start_date
            and topics.topic_code = previous_topics.topic_code

),

final as (

    select
        ---------- keys
        compared.period_grain,
        compared.period_start_date,
        compared.topic_code,

        ---------- counts
        cast(compared.topic_tickets as {{ dbt.type_bigint() }}) as topic_tickets,
        cast(compared.tagged_tickets as {{ dbt.type_bigint() }}) as tagged_tickets,
        cast(compared.previous_topic_tickets as {{ dbt.type_bigint() }}) as previous_topic_tickets,
        cast(compared.previous_tagged_tickets as {{ dbt.type_bigint() }})
            as previous_tagged_tickets,

        ---------- KPIs, not additive
        rank() over (
            partition by compared.period_grain, compared.period_start_date
            order by compared.topic_tickets desc
        ) as topic_rank,
        {{ safe_ratio(
            'compared.topic_tickets * compared.previous_tagged_tickets'
            ' - compared.previous_topic_tickets * compared.tagged_tickets',
            '(compared.previous_topic_tickets * compared.tagged_tickets)',
        ) }} as topic_growth,

        ---------- flags
        compared.tagged_tickets < {{ var('small_sample_n') }} as is_small_sample,
        sources.data_through_at < compared.period_end_at as is_provisional,

        ---------- timestamps (UTC)
        least(sources.data_through_at, compared.period_end_at) as data_through_at

    from compared

    cross join sources

)

select * from final
