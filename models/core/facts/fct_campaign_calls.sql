-- Grain: one row per outbound call leg of a campaign.
-- A customer is dialled for a campaign once, however many legs it takes: the last leg closes it and
-- says for all of them whether the customer was reached and has bought.

with

legs as (

    select
        contact_id,
        campaign_id,
        customer_id,
        agent_id,
        team_id,
        coalesce(offer_kind, 'unknown') as offer_kind,
        coalesce(outcome_code, 'unknown') as outcome_code,
        sale_amount,
        currency_code,
        is_reached,
        is_argued,
        coalesce(outcome_code = 'sale', false) as is_sale_leg,
        -- who is not known is dialled anew by each call (E33)
        coalesce('customer:' || customer_id, initial_contact_id) as dialled,
        coalesce(ended_at, started_at) as ended_at

    from {{ ref('fct_contacts') }}

    where
        direction = 'outbound'
        and campaign_id is not null

),

requests as (

    select * from {{ ref('fct_cancellation_requests') }}

    where outcome = 'lost'

),

subscriptions as (

    select * from {{ ref('stg_crm__subscriptions') }}

    where ended_at <= {{ as_of() }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

-- total order: contact_id is the key
ranked as (

    select
        *,
        row_number() over (
            partition by campaign_id, dialled
            order by ended_at desc, contact_id desc
        ) as recency,
        row_number() over (
            partition by campaign_id, dialled, is_sale_leg
            order by ended_at desc, contact_id desc
        ) as sale_recency,
        -- whoever buys, or hears the offer, has been reached
        max({{ count_if('is_reached or is_argued or is_sale_leg') }}) over (
            partition by campaign_id, dialled
        ) as any_reached,
        max({{ count_if('is_sale_leg') }}) over (partition by campaign_id, dialled) as any_sale

    from legs

),

-- a customer who refuses in the end has not bought (Q140)
closed as (

    select
        campaign_id,
        dialled,
        any_sale = 1 and outcome_code != 'refusal' as is_sold

    from ranked

    where recency = 1

),

judged as (

    select
        ranked.*,
        closed.is_sold,
        ranked.is_sale_leg and ranked.sale_recency = 1 and closed.is_sold as is_sale,
        {{ dbt.dateadd('day', var('sale_reversal_days'), 'ranked.ended_at') }}
            as reversible_until_at

    from ranked

    inner join closed
        on
            ranked.campaign_id = closed.campaign_id
            and ranked.dialled = closed.dialled

),

ended_subscriptions as (

    select
        coalesce(customers.surviving_customer_id, subscriptions.customer_id) as customer_id,
        subscriptions.started_at,
        subscriptions.ended_at

    from subscriptions

    left join customers
        on subscriptions.customer_id = customers.customer_id

),

-- asked to cancel and was not kept, or what began with the sale has ended, within the days
reversals as (

    select judged.contact_id

    from judged

    inner join requests
        on
            judged.customer_id = requests.customer_id
            and judged.ended_at < requests.requested_at
            and judged.reversible_until_at >= requests.first_requested_at

    where judged.is_sale

    union distinct

    select judged.contact_id

    from judged

    inner join ended_subscriptions
        on
            judged.customer_id = ended_subscriptions.customer_id
            and {{ local_date('judged.ended_at') }}
            <= {{ local_date('ended_subscriptions.started_at') }}
            and judged.ended_at < ended_subscriptions.ended_at
            and judged.reversible_until_at >= ended_subscriptions.ended_at

    where judged.is_sale

),

final as (

    select
        ---------- ids
        judged.contact_id,
        judged.campaign_id,
        judged.customer_id,
        judged.agent_id,
        judged.team_id,

        ---------- strings
        judged.offer_kind,
        judged.outcome_code,
        judged.currency_code,

        ---------- numerics
        judged.sale_amount,

        ---------- booleans
        judged.is_reached or judged.is_argued or judged.is_sale_leg as is_reached,
        judged.is_argued or judged.is_sale_leg as is_argued,
        judged.is_sale,
        judged.is_sale and reversals.contact_id is null as is_net_sale,
        not judged.is_sale
        or judged.reversible_until_at <= {{ as_of() }} as is_net_sale_final,
        judged.recency = 1 as is_closing_leg,
        judged.any_reached = 1 as is_customer_reached,
        judged.is_sold as is_customer_sold,

        ---------- dates
        {{ local_date('judged.ended_at') }} as ended_date,

        ---------- timestamps (UTC)
        judged.ended_at

    from judged

    left join reversals
        on judged.contact_id = reversals.contact_id

)

select * from final
