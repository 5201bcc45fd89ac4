-- The mart has every campaign leg, sale, eligible call and decided request of the facts, once.
with

dates as (

    select
        min(date_day) as first_date,
        max(date_day) as last_date

    from {{ ref('dim_date') }}

),

mart_totals as (

    select
        coalesce(sum(campaign_calls), 0) as campaign_calls,
        coalesce(sum(sales), 0) as sales,
        coalesce(sum(dialled_customers), 0) as dialled_customers,
        coalesce(sum(dialled_customers_sold), 0) as dialled_customers_sold,
        coalesce(sum(rebound_eligible), 0) as rebound_eligible,
        coalesce(sum(requests_decided), 0) as requests_decided,
        coalesce(sum(requests_saved), 0) as requests_saved

    from {{ ref('mart_commercial_daily') }}

),

-- nothing of the calendar's outside has a row
calls as (

    select
        count(*) as campaign_calls,
        count({{ one_if('campaign_calls.is_sale') }}) as sales,
        count({{ one_if('campaign_calls.is_closing_leg') }}) as dialled_customers,
        count({{ one_if('campaign_calls.is_closing_leg and campaign_calls.is_customer_sold') }})
            as dialled_customers_sold

    from {{ ref('fct_campaign_calls') }} as campaign_calls

    inner join dates
        on
            campaign_calls.ended_date >= dates.first_date
            and campaign_calls.ended_date <= dates.last_date

),

rebounds as (

    select count(*) as rebound_eligible

    from {{ ref('fct_contacts') }} as contacts

    inner join dates
        on
            contacts.started_date >= dates.first_date
            and contacts.started_date < dates.last_date

    where
        contacts.contact_type = 'call'
        and contacts.is_handled
        and contacts.rebound_eligible

),

requests as (

    select
        count({{ one_if('requests.is_decided') }}) as requests_decided,
        count({{ one_if('requests.is_saved') }}) as requests_saved

    from {{ ref('fct_cancellation_requests') }} as requests

    inner join dates
        on
            requests.outcome_date >= dates.first_date
            and requests.outcome_date <= dates.last_date

),

wrong as (

    select
        mart_totals.*,
        calls.campaign_calls as expected_campaign_calls,
        calls.sales as expected_sales,
        calls.dialled_customers as expected_dialled_customers,
        rebounds.rebound_eligible as expected_rebound_eligible,
        requests.requests_decided as expected_requests_decided,
        requests.requests_saved as expected_requests_saved

    from mart_totals

    cross join calls

    cross join rebounds

    cross join requests

    where
        mart_totals.campaign_calls != calls.campaign_calls
        or mart_totals.sales != calls.sales
        or mart_totals.dialled_customers != calls.dialled_customers
        -- customers who are not known are sold by each call, as they are dialled
        or mart_totals.dialled_customers_sold != calls.dialled_customers_sold
        or mart_totals.sales != calls.dialled_customers_sold
        or mart_totals.rebound_eligible != rebounds.rebound_eligible
        or mart_totals.requests_decided != requests.requests_decided
        or mart_totals.requests_saved != requests.requests_saved

)

select * from wrong
