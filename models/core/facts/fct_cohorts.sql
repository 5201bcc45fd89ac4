-- Grain: one row per month of winning, age in months, segment, country, source and first plan.
-- Who was won in a month, and how many of them have never been lost since: the first spell of each
-- customer. Losses by age are added up, so no customer is counted month by month.

{% set keys = [
    'cohort_month_start_date', 'customer_segment', 'country', 'acquisition_source', 'plan_code',
] -%}

with

first_spells as (

    select * from {{ ref('fct_customer_activity') }}

    where
        spell_number = 1
        and is_spell_start

),

sources as (

    select {{ local_date('data_through_at') }} as data_through_date

    from {{ ref('dim_source') }}

    where source_name = 'crm'

),

-- no rows after the last month that data has come of (E42)
months as (

    select
        dates.month_start_date,
        cast(extract(year from dates.month_start_date) as integer) * 12
        + cast(extract(month from dates.month_start_date) as integer) as month_number

    from {{ ref('dim_date') }} as dates

    cross join sources

    where
        dates.month_start_date <= {{ as_of_date() }}
        and dates.month_start_date <= sources.data_through_date

    group by dates.month_start_date

),

sizes as (

    select
        {{ keys | join(',\n        ') }},
        count(*) as cohort_customers

    from first_spells

    group by
        {{ keys | join(',\n        ') }}

),

losses as (

    select
        {{ keys | join(',\n        ') }},
        {{ period_start('month', 'spell_to_date') }} as month_start_date,
        count(*) as customers_lost,
        count({{ one_if('not is_end_final') }}) as provisional_losses

    from first_spells

    where spell_to_date is not null

    group by
        {{ keys | join(',\n        ') }},
        {{ period_start('month', 'spell_to_date') }}

),

aged as (

    select
        sizes.*,
        months.month_start_date,
        months.month_number - cohort_months.month_number as age_months

    from sizes

    inner join months as cohort_months
        on sizes.cohort_month_start_date = cohort_months.month_start_date

    inner join months
        on cohort_months.month_start_date <= months.month_start_date

),

accumulated as (

    select
        {% for key in keys -%}
            aged.{{ key }},
        {% endfor -%}
        aged.month_start_date,
        aged.age_months,
        aged.cohort_customers,
        coalesce(losses.customers_lost, 0) as customers_lost,
        sum(coalesce(losses.customers_lost, 0)) over (
            partition by {% for key in keys %}aged.{{ key }}{{ ', ' if not loop.last }}{% endfor %}
            order by aged.age_months
            rows between unbounded preceding and current row
        ) as customers_lost_so_far,
        sum(coalesce(losses.provisional_losses, 0)) over (
            partition by {% for key in keys %}aged.{{ key }}{{ ', ' if not loop.last }}{% endfor %}
            order by aged.age_months
            rows between unbounded preceding and current row
        ) as provisional_losses

    from aged

    left join losses
        on
            {% for key in keys -%}
                aged.{{ key }} = losses.{{ key }}
                and {% endfor -%}
            aged.month_start_date = losses.month_start_date

),

final as (

    select
        ---------- strings
        customer_segment,
        country,
        acquisition_source,
        plan_code,

        ---------- numerics
        cast(age_months as integer) as age_months,
        cohort_customers,
        cast(cohort_customers - customers_lost_so_far + customers_lost as bigint)
            as customers_at_risk,
        customers_lost,
        cast(cohort_customers - customers_lost_so_far as bigint) as customers_surviving,

        ---------- booleans
        provisional_losses > 0 as has_provisional_losses,

        ---------- dates
        cohort_month_start_date,
        month_start_date

    from accumulated

)

select * from final
