-- Grain: one row per local date, campaign, offer kind, offer, direction, team and agent.

{# Legs stand on the day they end, customers of a campaign on the day of the leg that closes them,
   requests to cancel on the day of their outcome. Each rate divides figures of the same rows, so
   none exceeds 1. #}
{% set keys = [
    'date_day', 'campaign_id', 'offer_kind', 'offer_code', 'direction', 'team_id', 'agent_id',
] -%}
{% set sets = {
    'sold': [
        'campaign_calls', 'reached_contacts', 'argued_contacts', 'sales', 'net_sales',
        'open_sales', 'dialled_customers', 'reached_customers', 'dialled_customers_sold',
    ],
    'rebounds': ['rebound_eligible', 'rebounds_offered', 'rebounds_accepted'],
    'decided': [
        'requests_decided', 'requests_saved', 'saves_matured_30d', 'saves_active_30d',
        'saves_matured_90d', 'saves_active_90d', 'open_saves',
    ],
} -%}
{% set measures = sets.values() | sum(start=[]) -%}
{% set helpers = ['open_sales', 'open_saves'] -%}

with

campaign_calls as (

    select * from {{ ref('fct_campaign_calls') }}

),

contacts as (

    select
        campaign_id,
        offer_kind,
        direction,
        team_id,
        agent_id,
        rebound_offered,
        rebound_accepted,
        coalesce(ended_at, handle_ended_at, started_at) as ended_at

    from {{ ref('fct_contacts') }}

    where
        contact_type = 'call'
        and is_handled
        and rebound_eligible

),

requests as (

    select * from {{ ref('fct_cancellation_requests') }}

    where is_decided

),

dates as (

    select * from {{ ref('dim_date') }}

),

-- one row, whatever was delivered
sources as (

    select
        max(case when source_name = 'telephony' then data_through_at end) as calls_through_at,
        max(case when source_name = 'crm' then data_through_at end) as crm_through_at

    from {{ ref('dim_source') }}

),

sold as (

    select
        ended_date as date_day,
        campaign_id,
        offer_kind,
        'none' as offer_code,
        'outbound' as direction,
        team_id,
        agent_id,
        1 as campaign_calls,
        {{ one_if('is_reached') }} as reached_contacts,
        {{ one_if('is_argued') }} as argued_contacts,
        {{ one_if('is_sale') }} as sales,
        {{ one_if('is_net_sale') }} as net_sales,
        {{ one_if('not is_net_sale_final') }} as open_sales,
        {{ one_if('is_closing_leg') }} as dialled_customers,
        {{ one_if('is_closing_leg and is_customer_reached') }} as reached_customers,
        {{ one_if('is_closing_leg and is_customer_sold') }} as dialled_customers_sold

    from campaign_calls

),

-- an offer that was accepted has been made
rebounds as (

    select
        {{ local_date('ended_at') }} as date_day,
        coalesce(campaign_id, 'none') as campaign_id,
        coalesce(
            offer_kind, case when campaign_id is null then 'none' else 'unknown' end
        ) as offer_kind,
        'none' as offer_code,
        direction,
        team_id,
        agent_id,
        1 as rebound_eligible,
        {{ one_if('rebound_offered or rebound_accepted') }} as rebounds_offered,
        {{ one_if('rebound_accepted') }} as rebounds_accepted

    from contacts

),

decided as (

    select
        outcome_date as date_day,
        'none' as campaign_id,
        'retention' as offer_kind,
        offer_code,
        'none' as direction,
        team_id,
        agent_id,
        1 as requests_decided,
        {{ one_if('is_saved') }} as requests_saved,
        {{ one_if('is_active_30d is not null') }} as saves_matured_30d,
        {{ one_if('is_active_30d') }} as saves_active_30d,
        {{ one_if('is_active_90d is not null') }} as saves_matured_90d,
        {{ one_if('is_active_90d') }} as saves_active_90d,
        {{ one_if('not is_final') }} as open_saves

    from requests

),

stacked as (

    {{ stack_measures(keys, sets) }}

),

summed as (

    select
        date_day,
        campaign_id,
        offer_kind,
        offer_code,
        direction,
        team_id,
        agent_id,
        {{ total_columns(marks=measures) }}

    from stacked

    group by
        date_day,
        campaign_id,
        offer_kind,
        offer_code,
        direction,
        team_id,
        agent_id

),

-- a row holds calls, which have a direction, or requests, which have none
sourced as (

    select
        summed.*,
        dates.day_end_at,
        case
            when summed.direction = 'none' then sources.crm_through_at
            else sources.calls_through_at
        end as source_through_at

    from summed

    inner join dates
        on summed.date_day = dates.date_day

    cross join sources

),

final as (

    select
        ---------- keys
        date_day,
        campaign_id,
        offer_kind,
        offer_code,
        direction,
        team_id,
        agent_id,

        ---------- additive
        {% for measure in measures if measure not in helpers -%}
            {{ measure }},
        {% endfor %}

        ---------- KPIs
        {{ safe_ratio('sales', 'argued_contacts') }} as transformation_rate,
        {{ safe_ratio('sales', 'reached_contacts') }} as transformation_reached_rate,
        {{ safe_ratio('dialled_customers_sold', 'dialled_customers') }}
            as transformation_dialled_rate,
        {{ safe_ratio('net_sales', 'argued_contacts') }} as transformation_net_rate,
        {{ safe_ratio('reached_customers', 'dialled_customers') }} as outbound_reach_rate,
        {{ safe_ratio('rebounds_accepted', 'rebound_eligible') }} as rebound_rate,
        {{ safe_ratio('rebounds_offered', 'rebound_eligible') }} as rebound_offer_rate,
        {{ safe_ratio('rebounds_accepted', 'rebounds_offered') }} as rebound_conversion_rate,
        {{ safe_ratio('requests_saved', 'requests_decided') }} as retention_save_rate,
        {{ safe_ratio('saves_active_30d', 'saves_matured_30d') }} as retention_save_30d_rate,
        {{ safe_ratio('saves_active_90d', 'saves_matured_90d') }} as retention_save_90d_rate,

        ---------- flags
        campaign_calls
        + rebound_eligible
        + requests_decided < {{ small_sample_limit('agent_id') }} as is_small_sample,
        source_through_at < day_end_at
        or open_sales > 0
        or open_saves > 0 as is_provisional,

        ---------- timestamps (UTC)
        least(source_through_at, day_end_at) as data_through_at

    from sourced

)

select * from final
