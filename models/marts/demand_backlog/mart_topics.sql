-- Grain: one row per period grain, period start and topic.
{# Rank and growth do not add up, so each week and month is looked at for itself; topics that nobody
   asked about have a row too, or their decline to nothing could not be seen. The usual resolution
   of a topic is that of most of its tickets solved in the period. #}
{% set grains = {
    'week': 'week_start_date',
    'month': 'month_start_date',
} %}

with

tickets as (

    select * from {{ ref('fct_tickets') }}

    where
        is_valid
        and is_topic_tagged

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

created as (

    select
        created_date as date_day,
        topic_code,
        count(*) as topic_tickets

    from tickets

    group by
        created_date,
        topic_code

),

resolved as (

    select
        resolved_date as date_day,
        topic_code,
        resolution_code,
        count(*) as resolutions

    from tickets

    where
        resolved_at is not null
        and resolution_code is not null

    group by
        resolved_date,
        topic_code,
        resolution_code

),

period_resolutions as (

    select
        periods.period_grain,
        periods.period_start_date,
        resolved.topic_code,
        resolved.resolution_code,
        sum(resolved.resolutions) as resolutions,
        -- of two that are as frequent the first by name
        row_number() over (
            partition by periods.period_grain, periods.period_start_date, resolved.topic_code
            order by sum(resolved.resolutions) desc, resolved.resolution_code
        ) as resolution_rank

    from resolved

    inner join periods
        on resolved.date_day = periods.date_day

    group by
        periods.period_grain,
        periods.period_start_date,
        resolved.topic_code,
        resolved.resolution_code

),

stacked as (

    select
        periods.period_grain,
        periods.period_start_date,
        created.topic_code,
        created.topic_tickets,
        0 as resolutions,
        0 as modal_resolutions,
        cast(null as {{ dbt.type_string() }}) as modal_resolution_code

    from created

    inner join periods
        on created.date_day = periods.date_day

    union all

    select
        period_grain,
        period_start_date,
        topic_code,
        0 as topic_tickets,
        resolutions,
        case when resolution_rank = 1 then resolutions else 0 end as modal_resolutions,
        case when resolution_rank = 1 then resolution_code end as modal_resolution_code

    from period_resolutions

),

period_topics as (

    select
        period_grain,
        period_start_date,
        topic_code,
        sum(topic_tickets) as topic_tickets,
        sum(resolutions) as topic_resolutions,
        sum(modal_resolutions) as modal_resolutions,
        max(modal_resolution_code) as modal_resolution_code

    from stacked

    group by
        period_grain,
        period_start_date,
        topic_code

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
        coalesce(period_topics.topic_resolutions, 0) as topic_resolutions,
        coalesce(period_topics.modal_resolutions, 0) as modal_resolutions,
        period_topics.modal_resolution_code,
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
        cast(compared.topic_resolutions as {{ dbt.type_bigint() }}) as topic_resolutions,
        cast(compared.modal_resolutions as {{ dbt.type_bigint() }}) as modal_resolutions,

        ---------- strings
        compared.modal_resolution_code,

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
        {{ safe_ratio('compared.modal_resolutions', 'compared.topic_resolutions') }}
            as modal_resolution_rate,

        ---------- flags
        compared.tagged_tickets < {{ var('small_sample_n') }} as is_small_sample,
        sources.data_through_at < compared.period_end_at as is_provisional,

        ---------- timestamps (UTC)
        least(sources.data_through_at, compared.period_end_at) as data_through_at

    from compared

    cross join sources

)

select * from final
