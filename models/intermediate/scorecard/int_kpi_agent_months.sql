-- Grain: one row per KPI, month and agent.
-- Agents are judged by the month: their figures of a day or a week are too few.

{# The marts that know who did the work. -#}
{% set marts = [
    {'mart': 'mart_responsiveness_daily'},
    {'mart': 'mart_resolution_daily', 'without': ['tickets_solved_per_business_day']},
    {'mart': 'mart_productivity_daily', 'without': [
        'agent_time_share', 'tickets_handled_per_day', 'tickets_handled_per_business_day',
    ]},
    {'mart': 'mart_customer_experience_daily'},
    {'mart': 'mart_commercial_daily', 'where': "direction != 'inbound'"},
] -%}
{% for source in marts -%}
    {% do source.update({'scopes': {'agent': 'agent_id'}, 'has_global': false}) -%}
{% endfor -%}
{% set built_anew = ['mart_commercial_daily'] -%}
{{ config(
    materialized='incremental',
    unique_key=['mart', 'month_start_date'],
    meta={'scope': {
        'month': 'month_start_date',
        'condition': "mart in ('" ~ built_anew | join("', '") ~ "')",
    }}
) }}

with

dates as (

    select * from {{ ref('dim_date') }}

),

{% for source in marts -%}
{{ source.mart }} as (

    select
        rows_of.*,
        dates.month_start_date

    from {{ ref(source.mart) }} as rows_of

    inner join dates
        on rows_of.date_day = dates.date_day
    {%- if source.mart not in built_anew %}

    where {{ is_restated_month('rows_of.date_day') }}
    {%- endif %}

),

{% endfor -%}
stacked as (
    {{ kpi_values_of(marts, ['month_start_date']) }}

),

final as (

    select
        mart,
        kpi_code,
        month_start_date,
        scope_id as agent_id,
        numerator,
        denominator,
        sample_count,
        is_provisional,
        data_through_at

    from stacked

)

select * from final
