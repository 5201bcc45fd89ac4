-- Grain: one row per period, measure, scope (team, vendor or all) and agent with a result.
{# What the KPIs over agents are made of: how many reach a level, how far they are apart. An agent
   has one result per period and scope, which the results of its days or teams do not add up to. #}
{% set grains = {
    'week': 'week_start_date',
    'month': 'month_start_date',
    'quarter': 'quarter_start_date',
    'year': 'year_start_date',
} -%}
{% set event_columns = ['measure', 'agent_id', 'team_id', 'date_day'] -%}

with

reviews as (

    select * from {{ ref('fct_qa_reviews') }}

    where is_counted

),

answers as (

    select * from {{ ref('fct_survey_answers') }}

    where
        is_counted
        and audience = 'customer'
        and kpi_code = 'csat_rate'

),

tickets as (

    select * from {{ ref('fct_tickets') }}

    where
        is_valid
        and is_inbound
        and not is_automated_solve
        and trt_calendar_seconds is not null

),

contacts as (

    select * from {{ ref('fct_contacts') }}

    where is_handle_measured

),

mystery_calls as (

    select * from {{ ref('fct_mystery_calls') }}

    where is_counted

),

teams as (

    select * from {{ ref('dim_team') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

periods as (

    {% for grain, start_column in grains.items() -%}
        select
            date_day,
            '{{ grain }}' as period_grain,
            {{ start_column }} as period_start_date

        from dates

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

events as (

    select
        'quality_score' as measure,
        agent_id,
        team_id,
        interaction_date as date_day,
        points_obtained as amount,
        points_applicable as weight

    from reviews

    union all

    -- the level is asked of agents, by their role that day (Q121, Q153)
    select
        'agent_quality' as measure,
        agent_id,
        team_id,
        interaction_date as date_day,
        points_obtained as amount,
        points_applicable as weight

    from reviews

    where agent_role = 'agent'

    union all

    select
        'csat_rate' as measure,
        agent_id,
        team_id,
        answered_date as date_day,
        {{ count_if('is_satisfied') }} as amount,
        1 as weight

    from answers

    union all

    select
        'trt_seconds' as measure,
        resolved_agent_id as agent_id,
        resolved_team_id as team_id,
        resolved_date as date_day,
        trt_calendar_seconds as amount,
        1 as weight

    from tickets

    union all

    select
        'aht_seconds' as measure,
        agent_id,
        team_id,
        handled_date as date_day,
        handle_seconds as amount,
        1 as weight

    from contacts

    union all

    select
        'cross_channel_promotion' as measure,
        agent_id,
        team_id,
        call_date as date_day,
        {{ count_if('is_promoted') }} as amount,
        1 as weight

    from mystery_calls

),

-- amounts as decimals, so that every run adds them up to the same digits
agent_days as (

    select
        {{ event_columns | join(',\n        ') }},
        count(*) as event_count,
        sum(cast(amount as decimal(28, 6))) as amount,
        sum(cast(weight as decimal(28, 6))) as weight

    from events

    where
        agent_id != 'unknown'
        and date_day is not null

    group by
        {{ event_columns | join(',\n        ') }}

),

team_periods as (

    select
        periods.period_grain,
        periods.period_start_date,
        agent_days.measure,
        agent_days.agent_id,
        agent_days.team_id,
        coalesce(teams.vendor_id, 'unknown') as vendor_id,
        max(agent_days.date_day) as last_date,
        sum(agent_days.event_count) as event_count,
        sum(agent_days.amount) as amount,
        sum(agent_days.weight) as weight

    from agent_days

    inner join periods
        on agent_days.date_day = periods.date_day

    left join teams
        on agent_days.team_id = teams.team_id

    group by
        periods.period_grain,
        periods.period_start_date,
        agent_days.measure,
        agent_days.agent_id,
        agent_days.team_id,
        coalesce(teams.vendor_id, 'unknown')

),

-- who changed the team in the period is counted in the one of the last day
homed as (

    select
        *,
        row_number() over (
            partition by period_grain, period_start_date, measure, agent_id
            order by last_date desc, event_count desc, team_id asc
        ) as home_rank

    from team_periods

),

scoped as (

    {% for scope, (team, vendor) in {
        'team': ('team_id', 'vendor_id'),
        'vendor': ("'all'", 'vendor_id'),
        'all': ("'all'", "'all'"),
    }.items() -%}
        select
            '{{ scope }}' as scope_type,
            period_grain,
            period_start_date,
            measure,
            agent_id,
            {{ team }} as scope_team_id,
            {{ vendor }} as scope_vendor_id,
            case when home_rank = 1 then team_id end as home_team_id,
            case when home_rank = 1 then vendor_id end as home_vendor_id,
            event_count,
            amount,
            weight

        from homed

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

summed as (

    select
        scope_type,
        period_grain,
        period_start_date,
        measure,
        agent_id,
        scope_team_id,
        scope_vendor_id,
        max(home_team_id) as home_team_id,
        max(home_vendor_id) as home_vendor_id,
        sum(event_count) as event_count,
        sum(amount) as amount,
        sum(weight) as weight

    from scoped

    group by
        scope_type,
        period_grain,
        period_start_date,
        measure,
        agent_id,
        scope_team_id,
        scope_vendor_id

),

final as (

    select
        ---------- ids
        agent_id,
        scope_team_id,
        scope_vendor_id,
        home_team_id,
        home_vendor_id,

        ---------- strings
        period_grain,
        measure,
        scope_type,

        ---------- numerics
        cast(event_count as {{ dbt.type_bigint() }}) as event_count,
        cast(amount as {{ type_double() }}) as amount,
        cast(weight as {{ type_double() }}) as weight,
        {{ safe_ratio('amount', 'weight') }} as agent_result,

        ---------- booleans
        -- enough to speak of this agent (G12, Q122)
        event_count >= case
            when measure in ('quality_score', 'agent_quality') then {{ var('qa_min_reviews') }}
            when measure = 'cross_channel_promotion' then 1
            else {{ var('small_sample_agent_n') }}
        end as is_evaluated,
        case
            when measure = 'agent_quality'
                then coalesce(amount >= {{ var('qa_required_level') }} * weight, false)
            when measure = 'cross_channel_promotion' then amount > 0
        end as is_at_level,

        ---------- dates
        period_start_date

    from summed

)

select * from final
