-- Grain: one row per KPI, local date and scope: everything, channel, queue or team.

{# The marts by day, with the scopes that their rows know. Of a rate by category there is no figure
    for all of them, so keywords stay in their mart. -#}
{% set by_team = {'team': 'team_id'} -%}
{% set by_work = {'channel': 'channel', 'queue': 'queue_id', 'team': 'team_id'} -%}
{% set marts = [
    {
        'mart': 'mart_service_level_interval',
        'scopes': {
            'channel': "case when media = 'voice' then 'phone' else media end",
            'queue': 'queue_id',
        },
        'has_global': false,
    },
    {
        'comment': 'of everything and of a team these KPIs are those of calls (Q20)',
        'mart': 'mart_service_level_interval',
        'scopes': {'team': 'queue_team_id'},
        'where': "media = 'voice'",
        'without': ['asa_seconds'],
    },
    {
        'mart': 'mart_service_level_interval',
        'scopes': {'team': 'queue_team_id'},
        'only': ['asa_seconds'],
    },
    {'mart': 'mart_responsiveness_daily', 'scopes': by_work},
    {
        'mart': 'mart_resolution_daily',
        'scopes': {'channel': 'channel', 'team': 'team_id'},
        'numerators_of': ['tickets_solved_per_business_day'],
    },
    {
        'mart': 'mart_productivity_daily',
        'scopes': by_work,
        'without': ['agent_time_share'],
        'numerators_of': ['tickets_handled_per_day', 'tickets_handled_per_business_day'],
    },
    {
        'mart': 'mart_customer_experience_daily',
        'scopes': {'channel': 'ticket_channel', 'team': 'team_id'},
    },
    {
        'mart': 'mart_voice_of_customer_daily',
        'scopes': by_team,
        'where': "keyword_code = 'none'",
        'without': ['keyword_capture_rate', 'keyword_occurrences', 'keyword_per_1000_words'],
    },
    {
        'mart': 'mart_demand_backlog_daily',
        'scopes': by_work,
        'without': ['topic_share', 'channel_volume_share', 'channel_ticket_share'],
    },
    {'mart': 'mart_case_lifecycle_daily', 'scopes': by_team},
    {
        'comment': 'calls about an offer are judged by direction; the headline is outbound',
        'mart': 'mart_commercial_daily',
        'scopes': by_team,
        'where': "direction != 'inbound'",
    },
    {
        'mart': 'mart_workforce_planning_interval',
        'scopes': {'queue': 'queue_id', 'team': 'team_id'},
    },
    {
        'mart': 'mart_workforce_planning_daily',
        'scopes': {'queue': 'queue_id', 'team': 'team_id'},
        'only': ['forecast_accuracy_daily_rate', 'forecast_wape_daily'],
    },
    {
        'comment': 'positions of one queue, on average while it is open',
        'mart': 'mart_workforce_planning_daily',
        'scopes': {'queue': 'queue_id'},
        'only': ['required_agents_erlang_c'],
        'has_global': false,
    },
] -%}
{% set built_anew = [
    'mart_case_lifecycle_daily', 'mart_commercial_daily', 'mart_workforce_planning_interval',
    'mart_workforce_planning_daily',
] -%}
{{ config(
    materialized='incremental',
    unique_key=['mart', 'date_day'],
    meta={'scope': {
        'day': 'date_day',
        'condition': "mart in ('" ~ built_anew | join("', '") ~ "')",
    }}
) }}

with

queues as (

    select * from {{ ref('dim_queue') }}

),

{% for mart in marts | map(attribute='mart') | unique -%}
{{ mart }} as (

    select
        rows_of.*
        {%- if mart == 'mart_service_level_interval' %},
        coalesce(queues.team_id, 'unknown') as queue_team_id
        {%- endif %}

    from {{ ref(mart) }} as rows_of
    {%- if mart == 'mart_service_level_interval' %}

    left join queues
        on rows_of.queue_id = queues.queue_id
    {%- endif %}
    {%- if mart not in built_anew %}

    where {{ is_restated_day('rows_of.date_day') }}
    {%- endif %}

),

{% endfor -%}
stacked as (
    {{ kpi_values_of(marts, ['date_day']) }}

),

final as (

    select
        mart,
        kpi_code,
        date_day,
        scope_type,
        scope_id,
        numerator,
        denominator,
        sample_count,
        is_provisional,
        data_through_at

    from stacked

)

select * from final
