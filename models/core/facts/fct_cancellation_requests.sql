-- Grain: one row per request to cancel by as_of, requests of one customer within
-- cancellation_fold_days of the first as one.

{# the days after which a save is looked at, by the ending of the columns #}
{% set confirmations = {'30d': 30, '90d': var('save_confirmation_days')} %}

with

requests as (

    select
        *,
        {{ local_date('requested_at') }} as requested_date,
        {{ local_date('outcome_at') }} as outcome_date,
        is_retainable and outcome in ('saved', 'lost') as is_decided,
        is_retainable and outcome = 'saved' as is_saved,
        {{ dbt.dateadd('day', confirmations['30d'], 'outcome_at') }} as confirmed_30d_at,
        {{ dbt.dateadd('day', confirmations['90d'], 'outcome_at') }} as confirmed_90d_at

    from {{ ref('int_cancellation_requests') }}

),

-- of test customers too: their requests stay (Q155)
activity as (

    select * from {{ ref('int_customer_activity') }}

),

agents as (

    select * from {{ ref('dim_agent') }}

),

channels as (

    select * from {{ ref('dim_channel') }}

),

-- without any activity nobody can tell who stayed (E42)
activity_counts as (

    select count(*) as stretch_count from activity

),

confirmed as (

    select
        requests.*,
        {%- for ending in confirmations %}
            case
                when
                    requests.is_saved
                    and requests.customer_id is not null
                    and requests.confirmed_{{ ending }}_at <= {{ as_of() }}
                    and activity_counts.stretch_count > 0
                    then active_{{ ending }}.customer_id is not null
            end as is_active_{{ ending }},
        {%- endfor %}
        activity_counts.stretch_count

    from requests

    cross join activity_counts

    {% for ending in confirmations -%}
        left join activity as active_{{ ending }}
            on
                requests.customer_id = active_{{ ending }}.customer_id
                and requests.is_saved
                and {{ local_date('requests.confirmed_' ~ ending ~ '_at') }}
                >= active_{{ ending }}.from_date
                and coalesce(
                    {{ local_date('requests.confirmed_' ~ ending ~ '_at') }}
                    < active_{{ ending }}.to_date,
                    true
                )

    {% endfor -%}
),

final as (

    select
        ---------- ids
        confirmed.request_id,
        confirmed.customer_id,
        confirmed.subscription_id,
        confirmed.interaction_id,
        coalesce(agents.agent_id, 'unknown') as agent_id,
        coalesce(agents.team_id, 'unknown') as team_id,

        ---------- strings
        coalesce(channels.channel, 'unknown') as channel,
        coalesce(confirmed.reason_code, 'unknown') as reason_code,
        coalesce(confirmed.offer_code, 'none') as offer_code,
        confirmed.outcome,

        ---------- numerics
        cast(confirmed.request_count as integer) as request_count,

        ---------- booleans
        confirmed.is_retainable,
        confirmed.is_decided,
        confirmed.is_saved,
        {%- for ending in confirmations %}
            confirmed.is_active_{{ ending }},
        {%- endfor %}
        -- a restart within the grace can still turn the last answer
        not confirmed.is_saved
        or {{ utc_from_local(add_days(
            local_date('confirmed.confirmed_90d_at'), var('churn_grace_days') + 1
        )) }} <= {{ as_of() }} as is_final,

        ---------- dates
        confirmed.requested_date,
        confirmed.outcome_date,

        ---------- timestamps (UTC)
        confirmed.first_requested_at,
        confirmed.requested_at,
        confirmed.outcome_at

    from confirmed

    left join agents
        on
            confirmed.agent_id = agents.agent_id
            and coalesce(confirmed.outcome_date, confirmed.requested_date)
            >= agents.valid_from_date
            and coalesce(confirmed.outcome_date, confirmed.requested_date)
            < agents.valid_to_date

    left join channels
        on confirmed.channel = channels.channel

)

select * from final
