-- Grain: one row per KPI, period grain, period and scope, of the marts that have KPIs by period.

{# What does not add up over days: distinct counts, percentiles, people, money. -#}
{% set period = ['period_grain', 'period_start_date'] -%}
{% set dispersions = [
    'agent_dispersion_cv', 'agent_csat_dispersion_cv', 'agent_trt_dispersion_cv',
    'agent_aht_dispersion_cv',
] -%}
{% set owners = {'team': 'team_id', 'vendor': 'vendor_id', 'site': 'site'} -%}
{#- grains: those that a mart by month is added up to -#}
{% set marts = [
    {
        'mart': 'mart_quality_monthly',
        'scopes': {
            'channel': 'channel', 'vendor': 'vendor_id', 'team': 'team_id', 'agent': 'agent_id',
        },
        'without': dispersions + ['calibration_alpha'],
    },
    {
        'comment': 'dispersion has a row of its own for everything, a vendor, a team',
        'mart': 'mart_quality_monthly',
        'where': "team_id = 'all' and vendor_id = 'all'",
        'only': dispersions,
    },
    {
        'mart': 'mart_quality_monthly',
        'scopes': {'vendor': 'vendor_id'},
        'where': "team_id = 'all'",
        'only': dispersions,
        'has_global': false,
    },
    {
        'mart': 'mart_quality_monthly',
        'scopes': {'team': 'team_id'},
        'only': dispersions,
        'has_global': false,
    },
    {
        'mart': 'mart_people_monthly',
        'scopes': {
            'team': 'team_id', 'vendor': 'vendor_id', 'site': 'site', 'role': 'agent_role',
        },
        'where': "period_grain != 'wave'",
        'constant': ['days', 'months'],
    },
    {'mart': 'mart_customer_base_monthly'},
    {'mart': 'mart_topics', 'only': ['modal_resolution_rate']},
    {
        'comment': 'distinct persons: everything and each channel have rows of their own',
        'mart': 'mart_self_service_automation_daily',
        'where': "tool = 'all' and topic_code = 'all' and channel = 'all'",
    },
    {
        'mart': 'mart_self_service_automation_daily',
        'scopes': {'channel': 'channel'},
        'where': "tool = 'all' and topic_code = 'all'",
        'has_global': false,
    },
    {'mart': 'mart_customers_supported', 'where': "channel = 'all'"},
    {
        'mart': 'mart_customers_supported',
        'scopes': {'channel': 'channel'},
        'has_global': false,
    },
    {
        'mart': 'mart_cost_monthly',
        'grains': ['month', 'quarter', 'year'],
        'scopes': {'team': 'team_id', 'vendor': 'vendor_id', 'channel': 'channel'},
        'without': ['turnover_cost_per_departure'],
    },
    {
        'comment': 'both sides are of twelve months already',
        'mart': 'mart_cost_monthly',
        'grains': ['month'],
        'scopes': {'team': 'team_id', 'vendor': 'vendor_id'},
        'where': "period_grain = 'month'",
        'only': ['turnover_cost_per_departure'],
    },
    {
        'mart': 'mart_staffing_team_monthly',
        'grains': ['month'],
        'scopes': owners,
        'constant': ['days', 'full_time_hours'],
    },
    {
        'comment': 'positions of several queues add up, their weeks do not',
        'mart': 'mart_workforce_planning_weekly',
        'grains': ['week'],
        'scopes': {'queue': 'queue_id', 'team': 'team_id', 'vendor': 'vendor_id', 'site': 'site'},
        'only': ['required_fte'],
        'constant': ['full_time_hours'],
    },
    {
        'mart': 'mart_workforce_planning_monthly',
        'grains': ['month'],
        'scopes': {'queue': 'queue_id', 'team': 'team_id', 'vendor': 'vendor_id', 'site': 'site'},
        'only': ['required_fte'],
        'constant': ['full_time_hours'],
    },
    {
        'comment': 'percentiles have a row of their own for each scope; of everything calls (Q20)',
        'mart': 'mart_service_level_monthly',
        'grains': ['month'],
        'where': "scope_type = 'all' and media = 'voice'",
    },
    {
        'mart': 'mart_service_level_monthly',
        'grains': ['month'],
        'scopes': {'channel': "case when media = 'voice' then 'phone' else media end"},
        'where': "scope_type = 'all'",
        'has_global': false,
    },
    {
        'mart': 'mart_service_level_monthly',
        'grains': ['month'],
        'scopes': {'queue': 'queue_id'},
        'where': "scope_type = 'queue'",
        'has_global': false,
    },
    {
        'mart': 'mart_responsiveness_monthly',
        'grains': ['month'],
        'where': "scope_type = 'global'",
    },
    {
        'mart': 'mart_resolution_monthly',
        'grains': ['month'],
        'where': "scope_type = 'global'",
    },
] -%}
{% for mart in ['mart_responsiveness_monthly', 'mart_resolution_monthly'] -%}
    {% for scope in ['channel', 'queue', 'team'] -%}
        {% do marts.append({
            'mart': mart,
            'grains': ['month'],
            'scopes': {scope: 'scope_id'},
            'where': "scope_type = '" ~ scope ~ "'",
            'has_global': false,
        }) -%}
    {% endfor -%}
{% endfor -%}

with

period_days as (

    select * from {{ ref('int_period_days') }}

),

{% for source in marts | unique(attribute='mart') -%}
{{ source.mart }} as (

    {% if source.grains -%}
    select
        rows_of.*,
        period_days.period_grain,
        period_days.period_start_date

    from {{ ref(source.mart) }} as rows_of

    inner join period_days
        on
            rows_of.{{ 'week' if source.grains == ['week'] else 'month' }}_start_date
            = period_days.date_day
            and period_days.period_grain in ('{{ source.grains | join("', '") }}')
    {%- else -%}
    select * from {{ ref(source.mart) }}
    {%- endif %}

),

{% endfor -%}
stacked as (
    {{ kpi_values_of(marts, period) }}

),

final as (

    select
        kpi_code,
        period_grain,
        period_start_date,
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
