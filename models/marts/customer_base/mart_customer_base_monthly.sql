-- Grain: one row per month, quarter or year, customer segment, country, acquisition source, plan.
-- No row per customer and month: a stock is the running sum of those won and lost. Only who ordered
-- and who was contacted is looked up by customer and period.

{% set grains = {'month': 1, 'quarter': 3, 'year': 12} -%}
{% set dimensions = ['customer_segment', 'country', 'acquisition_source', 'plan_code'] -%}
{% set keys = ['period_grain', 'period_start_date'] + dimensions -%}
{% set flow_measures = [
    'customers_won', 'customers_lost', 'customers_lost_from_start', 'same_period_churn',
    'customers_moved_in', 'customers_moved_out', 'provisional_losses',
] -%}
{% set contact_measures = ['start_contacted', 'retained_contacted'] -%}
{% set order_measures = ['ordering_customers', 'returning_customers'] -%}
{% set new_measures = ['new_customers', 'new_customers_known_source', 'referral_customers'] -%}
{% set measures = flow_measures + contact_measures + order_measures + new_measures -%}

with

activity as (

    select * from {{ ref('fct_customer_activity') }}

),

orders as (

    select
        customer_id,
        ordered_date

    from {{ ref('fct_orders') }}

    where
        is_paid
        and customer_id is not null

),

tickets as (

    select
        customer_id,
        created_date

    from {{ ref('fct_tickets') }}

    where
        is_valid
        and customer_id is not null

),

-- those who survive their merges, without tests (E39, Q156)
customers as (

    select * from {{ ref('dim_customer') }}

    where
        not is_merged
        and not is_test

),

sources as (

    select
        data_through_at,
        {{ local_date('data_through_at') }} as data_through_date

    from {{ ref('dim_source') }}

    where source_name = 'crm'

),

all_periods as (

    {% for grain in grains -%}
        select
            '{{ grain }}' as period_grain,
            {{ grain }}_start_date as period_start_date,
            max(date_day) as period_end_date,
            max(day_end_at) as period_end_at

        from {{ ref('dim_date') }}

        group by {{ grain }}_start_date

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

-- no rows after the last period that data has come of (E42)
periods as (

    select
        all_periods.*,
        sources.data_through_at,
        {{ add_days('all_periods.period_start_date', -var('customer_contact_days')) }}
            as contacts_from_date

    from all_periods

    cross join sources

    where
        all_periods.period_start_date <= {{ as_of_date() }}
        and all_periods.period_start_date <= sources.data_through_date

),

---------- who came and who went

flows as (

    {% for grain in grains -%}
        select
            '{{ grain }}' as period_grain,
            {{ period_start(grain, 'from_date') }} as period_start_date,
            {{ dimensions | join(',\n            ') }},
            {{ one_if('is_spell_start') }} as customers_won,
            null as customers_lost,
            null as customers_lost_from_start,
            null as same_period_churn,
            {{ one_if('not is_spell_start') }} as customers_moved_in,
            null as customers_moved_out,
            null as provisional_losses

        from activity

        union all

        select
            '{{ grain }}' as period_grain,
            {{ period_start(grain, 'to_date') }} as period_start_date,
            {{ dimensions | join(',\n            ') }},
            null as customers_won,
            {{ one_if('is_spell_end') }} as customers_lost,
            null as customers_lost_from_start,
            {{ one_if('is_spell_end and spell_from_date >= ' ~ period_start(grain, 'to_date')) }}
                as same_period_churn,
            null as customers_moved_in,
            {{ one_if('not is_spell_end') }} as customers_moved_out,
            {{ one_if('is_spell_end and not is_end_final') }} as provisional_losses

        from activity

        where to_date is not null

        union all

        -- the plan that the lost customer had at the start of the period
        select
            '{{ grain }}' as period_grain,
            {{ period_start(grain, 'spell_to_date') }} as period_start_date,
            {{ dimensions | join(',\n            ') }},
            null as customers_won,
            null as customers_lost,
            1 as customers_lost_from_start,
            null as same_period_churn,
            null as customers_moved_in,
            null as customers_moved_out,
            null as provisional_losses

        from activity

        where
            from_date < {{ period_start(grain, 'spell_to_date') }}
            and to_date >= {{ period_start(grain, 'spell_to_date') }}

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

---------- who was contacted before the period, of those active at its start

-- the last ticket of a month tells for all of them
customer_tickets as (

    select
        customer_id,
        {{ period_start('month', 'created_date') }} as created_month_start_date,
        max(created_date) as last_created_date

    from tickets

    group by
        customer_id,
        {{ period_start('month', 'created_date') }}

),

ticket_dates as (

    select distinct last_created_date from customer_tickets

),

-- quarters and years start with a month
contacted_starts as (

    select
        ticket_dates.last_created_date,
        periods.period_start_date

    from ticket_dates

    inner join periods
        on
            ticket_dates.last_created_date < periods.period_start_date
            and ticket_dates.last_created_date >= periods.contacts_from_date

    where periods.period_grain = 'month'

),

contacted_customers as (

    select distinct
        customer_tickets.customer_id,
        contacted_starts.period_start_date

    from customer_tickets

    inner join contacted_starts
        on customer_tickets.last_created_date = contacted_starts.last_created_date

),

contacted_sums as (

    select
        contacted_customers.period_start_date,
        activity.customer_segment,
        activity.country,
        activity.acquisition_source,
        activity.plan_code,
        {{ period_start('month', 'activity.spell_to_date') }} as lost_month_start_date,
        count(*) as customers

    from contacted_customers

    inner join activity
        on
            contacted_customers.customer_id = activity.customer_id
            and contacted_customers.period_start_date > activity.from_date
            and coalesce(contacted_customers.period_start_date <= activity.to_date, true)

    group by
        contacted_customers.period_start_date,
        activity.customer_segment,
        activity.country,
        activity.acquisition_source,
        activity.plan_code,
        {{ period_start('month', 'activity.spell_to_date') }}

),

contacted as (

    select
        periods.period_grain,
        periods.period_start_date,
        contacted_sums.customer_segment,
        contacted_sums.country,
        contacted_sums.acquisition_source,
        contacted_sums.plan_code,
        contacted_sums.customers as start_contacted,
        case
            when
                contacted_sums.lost_month_start_date is null
                or contacted_sums.lost_month_start_date > periods.period_end_date
                then contacted_sums.customers
        end as retained_contacted

    from contacted_sums

    inner join periods
        on contacted_sums.period_start_date = periods.period_start_date

),

---------- who ordered and who is new, under the plan they have at the end of the period

first_orders as (

    select
        customer_id,
        min(ordered_date) as first_ordered_date

    from orders

    group by customer_id

),

customer_periods as (

    {% for grain in grains -%}
        select
            '{{ grain }}' as period_grain,
            {{ period_start(grain, 'orders.ordered_date') }} as period_start_date,
            orders.customer_id,
            'order' as occasion,
            max({{ count_if(
                'first_orders.first_ordered_date < ' ~ period_start(grain, 'orders.ordered_date')
            ) }}) as is_returning

        from orders

        inner join first_orders
            on orders.customer_id = first_orders.customer_id

        group by
            {{ period_start(grain, 'orders.ordered_date') }},
            orders.customer_id

        union all

        select
            '{{ grain }}' as period_grain,
            {{ period_start(grain, local_date('acquired_at')) }} as period_start_date,
            customer_id,
            'acquisition' as occasion,
            0 as is_returning

        from customers

        where acquired_at <= {{ as_of() }}

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

occasions as (

    select
        periods.period_grain,
        periods.period_start_date,
        coalesce(customers.customer_segment, 'unknown') as customer_segment,
        coalesce(customers.country, 'unknown') as country,
        coalesce(customers.acquisition_source, 'unknown') as acquisition_source,
        coalesce(activity.plan_code, 'none') as plan_code,
        {{ one_if("customer_periods.occasion = 'order'") }} as ordering_customers,
        {{ one_if('customer_periods.is_returning = 1') }} as returning_customers,
        {{ one_if("customer_periods.occasion = 'acquisition'") }} as new_customers,
        {{ one_if(
            "customer_periods.occasion = 'acquisition'"
            " and customers.acquisition_source != 'unknown'"
        ) }} as new_customers_known_source,
        {{ one_if(
            "customer_periods.occasion = 'acquisition'"
            " and customers.acquisition_source = 'referral'"
        ) }} as referral_customers

    from customer_periods

    inner join periods
        on
            customer_periods.period_grain = periods.period_grain
            and customer_periods.period_start_date = periods.period_start_date

    left join customers
        on customer_periods.customer_id = customers.customer_id

    left join activity
        on
            customer_periods.customer_id = activity.customer_id
            and periods.period_end_date >= activity.from_date
            and coalesce(periods.period_end_date < activity.to_date, true)

),

---------- together

stacked as (

    {{ stack_measures(keys, {
        'flows': flow_measures,
        'contacted': contact_measures,
        'occasions': order_measures + new_measures,
    }) }}

),

summed as (

    select
        period_grain,
        period_start_date,
        customer_segment,
        country,
        acquisition_source,
        plan_code,
        {{ total_columns(
            marks=flow_measures + order_measures + new_measures, counts=contact_measures
        ) }}

    from stacked

    group by
        period_grain,
        period_start_date,
        customer_segment,
        country,
        acquisition_source,
        plan_code

),

-- a stock goes on where nothing happens
combinations as (

    select
        period_grain,
        customer_segment,
        country,
        acquisition_source,
        plan_code,
        min(period_start_date) as first_period_start_date

    from summed

    group by
        period_grain,
        customer_segment,
        country,
        acquisition_source,
        plan_code

),

quiet as (

    select
        combinations.period_grain,
        periods.period_start_date,
        combinations.customer_segment,
        combinations.country,
        combinations.acquisition_source,
        combinations.plan_code

    from combinations

    inner join periods
        on
            combinations.period_grain = periods.period_grain
            and combinations.first_period_start_date <= periods.period_start_date

),

filled as (

    {{ stack_measures(keys, {'summed': measures, 'quiet': []}) }}

),

totalled as (

    select
        period_grain,
        period_start_date,
        customer_segment,
        country,
        acquisition_source,
        plan_code,
        {{ total_columns(counts=measures) }}

    from filled

    group by
        period_grain,
        period_start_date,
        customer_segment,
        country,
        acquisition_source,
        plan_code

),

accumulated as (

    select
        *,
        cast(
            sum(customers_won + customers_moved_in - customers_lost - customers_moved_out) over (
                partition by
                    period_grain, customer_segment, country, acquisition_source, plan_code
                order by period_start_date
                rows between unbounded preceding and current row
            ) as bigint
        ) as customers_active_end,
        sum(provisional_losses) over (
            partition by period_grain, customer_segment, country, acquisition_source, plan_code
            order by period_start_date
            rows between unbounded preceding and current row
        ) as provisional_losses_so_far

    from totalled

),

-- what happened before the calendar, or after the last data, is in the stock alone
placed as (

    select
        accumulated.*,
        accumulated.customers_active_end
        - accumulated.customers_won
        - accumulated.customers_moved_in
        + accumulated.customers_lost
        + accumulated.customers_moved_out as customers_at_start,
        periods.period_end_at,
        periods.data_through_at as source_through_at

    from accumulated

    inner join periods
        on
            accumulated.period_grain = periods.period_grain
            and accumulated.period_start_date = periods.period_start_date

),

valued as (

    select
        *,
        customers_at_start - customers_lost_from_start as customers_retained,
        customers_at_start - start_contacted as start_others,
        customers_at_start - customers_lost_from_start - retained_contacted as retained_others

    from placed

    where
        customers_at_start
        + customers_active_end
        + customers_won
        + customers_moved_in
        + ordering_customers
        + new_customers > 0

),

final as (

    select
        ---------- keys
        period_grain,
        period_start_date,
        customer_segment,
        country,
        acquisition_source,
        plan_code,

        ---------- additive within a period
        customers_at_start,
        customers_active_end,
        customers_won,
        customers_lost,
        customers_lost_from_start,
        customers_retained,
        customers_moved_in,
        customers_moved_out,
        start_contacted,
        retained_contacted,
        start_others,
        retained_others,
        ordering_customers,
        returning_customers,
        new_customers,
        new_customers_known_source,
        referral_customers,

        ---------- KPIs
        customers_active_end as customers_active,
        {{ safe_ratio('customers_lost_from_start', 'customers_at_start') }}
            as customer_churn_rate,
        {{ safe_ratio('customers_retained', 'customers_at_start') }} as customer_retention_rate,
        same_period_churn,
        customers_won - customers_lost as net_customer_growth,
        {{ safe_ratio('returning_customers', 'ordering_customers') }} as returning_customer_rate,
        100 * (
            {{ safe_ratio('retained_contacted', 'start_contacted') }}
            - {{ safe_ratio('retained_others', 'start_others') }}
        ) as contacted_retention_gap_points,
        {{ safe_ratio('referral_customers', 'new_customers_known_source') }}
            as referral_acquisition_rate,
        {{ safe_ratio('new_customers_known_source', 'new_customers') }}
            as acquisition_source_coverage_rate,

        ---------- flags
        customers_at_start < {{ var('small_sample_n') }} as is_small_sample,
        start_contacted < {{ var('small_sample_n') }}
        or start_others < {{ var('small_sample_n') }} as is_contacted_gap_small_sample,
        source_through_at < period_end_at
        or {{ as_of() }} < period_end_at
        or provisional_losses_so_far > 0 as is_provisional,

        ---------- timestamps (UTC)
        least(source_through_at, period_end_at) as data_through_at

    from valued

)

select * from final
