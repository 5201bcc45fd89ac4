-- Grain: one row per KPI, period grain, period and scope.

{% set columns = [
    'kpi_code', 'period_grain', 'period_start_date', 'scope_type', 'scope_id', 'numerator',
    'denominator', 'sample_count', 'is_provisional', 'data_through_at',
] -%}

with

kpis as (

    select * from {{ ref('dim_kpi') }}

),

teams as (

    select * from {{ ref('dim_team') }}

),

period_days as (

    select * from {{ ref('int_period_days') }}

    where date_day <= {{ as_of_date() }}

),

business_days as (

    select * from {{ ref('dim_business_day') }}

    where
        calendar_id = '{{ var("reporting_calendar_id") }}'
        and is_business_day

),

-- a period that goes on is cut at as_of (Q103)
period_lengths as (

    select
        period_days.period_grain,
        period_days.period_start_date,
        count(*) as days,  -- noqa: RF04
        count(business_days.date_day) as business_days

    from period_days

    left join business_days
        on period_days.date_day = business_days.date_day

    group by
        period_days.period_grain,
        period_days.period_start_date

),

all_days as (

    {% for model in ['int_kpi_days', 'int_kpi_governance_days'] -%}
        select
            kpi_code,
            date_day,
            scope_type,
            scope_id,
            numerator,
            denominator,
            sample_count,
            is_provisional,
            data_through_at

        from {{ ref(model) }}

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

days as (

    select
        all_days.kpi_code,
        all_days.date_day,
        all_days.scope_type,
        all_days.scope_id,
        -- decimals add up to the same in any order
        cast(all_days.numerator as decimal(38, 12)) as numerator,
        cast(all_days.denominator as decimal(38, 12)) as denominator,
        all_days.sample_count,
        all_days.is_provisional,
        all_days.data_through_at,
        kpis.additivity = 'not_over_time' as is_stock,
        kpis.cadence = 'daily' as is_daily

    from all_days

    inner join kpis
        on all_days.kpi_code = kpis.kpi_code

),

{# Quarters and years are added up from months: each day is read twice, not once per length. -#}
{% for step in [
    {'name': 'weeks_and_months', 'rows': 'days', 'grains': ['week', 'month']},
    {'name': 'quarters_and_years', 'rows': 'months', 'grains': ['quarter', 'year']},
] -%}
    {% if step.rows == 'months' -%}
        months as (

            select
                *,
                period_start_date as date_day

            from weeks_and_months

            where period_grain = 'month'

        ),

    {% endif -%}
    -- a stock is that of the last of the {{ step.rows }} that has any: of an empty backlog there is
    -- no mean age, least of all that of the day before
    last_of_{{ step.name }} as (

        select
            period_days.period_grain,
            period_days.period_start_date,
            max(rows_of.date_day) as date_day

        from {{ step.rows }} as rows_of

        inner join period_days
            on rows_of.date_day = period_days.date_day

        where
            rows_of.is_stock
            and rows_of.scope_type = 'global'
            and period_days.period_grain in ('{{ step.grains | join("', '") }}')

        group by
            period_days.period_grain,
            period_days.period_start_date

    ),

    {{ step.name }} as (

        select
            rows_of.kpi_code,
            period_days.period_grain,
            period_days.period_start_date,
            rows_of.scope_type,
            rows_of.scope_id,
            rows_of.is_stock,
            sum(rows_of.numerator) as numerator,
            sum(rows_of.denominator) as denominator,
            cast(sum(rows_of.sample_count) as {{ dbt.type_bigint() }}) as sample_count,
            max({{ count_if('rows_of.is_provisional') }}) = 1 as is_provisional,
            max(rows_of.data_through_at) as data_through_at

        from {{ step.rows }} as rows_of

        inner join period_days
            on
                rows_of.date_day = period_days.date_day
                and period_days.period_grain in ('{{ step.grains | join("', '") }}')

        left join last_of_{{ step.name }} as latest
            on
                rows_of.date_day = latest.date_day
                and period_days.period_grain = latest.period_grain

        where not rows_of.is_stock or latest.date_day is not null

        group by
            rows_of.kpi_code,
            period_days.period_grain,
            period_days.period_start_date,
            rows_of.scope_type,
            rows_of.scope_id,
            rows_of.is_stock

    ),

{% endfor -%}
single_days as (

    select
        *,
        'day' as period_grain,
        date_day as period_start_date

    from days

    -- parts of the centre have the KPIs that are looked at by day
    where
        scope_type = 'global'
        or is_daily

),

of_days as (

    {% for rows in ['single_days', 'weeks_and_months', 'quarters_and_years'] -%}
        select
            {{ columns | join(',\n            ') }}

        from {{ rows }}

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

-- a team is of one vendor and one site
of_teams as (

    select
        of_days.*,
        teams.vendor_id,
        teams.site

    from of_days

    inner join teams
        on of_days.scope_id = teams.team_id

    where of_days.scope_type = 'team'

),

of_owners as (

    {% for scope, column in [('vendor', 'vendor_id'), ('site', 'site')] -%}
        select
            kpi_code,
            period_grain,
            period_start_date,
            '{{ scope }}' as scope_type,
            {{ column }} as scope_id,
            sum(numerator) as numerator,
            sum(denominator) as denominator,
            cast(sum(sample_count) as {{ dbt.type_bigint() }}) as sample_count,
            max({{ count_if('is_provisional') }}) = 1 as is_provisional,
            max(data_through_at) as data_through_at

        from of_teams

        group by
            kpi_code,
            period_grain,
            period_start_date,
            {{ column }}

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

of_agents as (

    select
        months.kpi_code,
        period_days.period_grain,
        period_days.period_start_date,
        'agent' as scope_type,
        months.agent_id as scope_id,
        sum(cast(months.numerator as decimal(38, 12))) as numerator,
        sum(cast(months.denominator as decimal(38, 12))) as denominator,
        cast(sum(months.sample_count) as {{ dbt.type_bigint() }}) as sample_count,
        max({{ count_if('months.is_provisional') }}) = 1 as is_provisional,
        max(months.data_through_at) as data_through_at

    from {{ ref('int_kpi_agent_months') }} as months

    inner join period_days
        on
            months.month_start_date = period_days.date_day
            and period_days.period_grain in ('month', 'quarter', 'year')

    group by
        months.kpi_code,
        period_days.period_grain,
        period_days.period_start_date,
        months.agent_id

),

of_marts as (

    select * from {{ ref('int_kpi_mart_periods') }}

),

stacked as (

    {% for rows in ['of_days', 'of_owners', 'of_agents', 'of_marts'] -%}
        select
            {{ columns | join(',\n            ') }}

        from {{ rows }}

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

measured as (

    select
        stacked.kpi_code,
        stacked.period_grain,
        stacked.period_start_date,
        stacked.scope_type,
        stacked.scope_id,
        cast(
            case
                when kpis.numerator_columns like 'abs(%' then abs(stacked.numerator)
                else stacked.numerator
            end as {{ type_double() }}
        ) as numerator,
        cast(
            case kpis.denominator_columns
                when 'days' then period_lengths.days
                when 'business_days' then period_lengths.business_days
                else stacked.denominator
            end as {{ type_double() }}
        ) as denominator,
        stacked.sample_count,
        stacked.is_provisional,
        stacked.data_through_at

    from stacked

    inner join kpis
        on stacked.kpi_code = kpis.kpi_code

    inner join period_lengths
        on
            stacked.period_grain = period_lengths.period_grain
            and stacked.period_start_date = period_lengths.period_start_date

),

final as (

    select *

    from measured

    where
        -- no case, no row; on a day that is no business day there is none per business day
        (denominator is null or denominator != 0)
        -- of few cases nobody is judged
        and (scope_type != 'agent' or period_grain in ('month', 'quarter', 'year'))

)

select * from final
