-- Grain: one row per customer and month in which the customer was active.
-- The sums over customers are made from fct_customer_activity, by arithmetic: this table is long.

{% set changed_customers -%}
    (
        select entity_id from {{ change_log() }}
        where entity = 'customer_months'
    )
{%- endset -%}
{{ config(
    materialized='incremental',
    unique_key=['customer_id', 'month_start_date'],
    meta={'scope': {'condition': 'customer_id in ' ~ changed_customers}}
) }}
{# A partial run restates all months of customers with other stretches or tickets than before; of
   all others it only adds the months that have begun since. -#}
{% set is_partial = execute and is_partial_run() -%}
{% set previous_date = previous_as_of_date() -%}

with

stretches as (

    select * from {{ ref('fct_customer_activity') }}

),

tickets as (

    select * from {{ ref('fct_tickets') }}

    where
        is_valid
        and customer_id is not null

),

months as (

    select
        month_start_date,
        max(date_day) as month_end_date

    from {{ ref('dim_date') }}

    where month_start_date <= {{ as_of_date() }}

    group by month_start_date

),

active_months as (

    select
        stretches.customer_id,
        stretches.customer_segment,
        stretches.country,
        stretches.acquisition_source,
        stretches.cohort_month_start_date,
        months.month_start_date,
        max(
            case when stretches.from_date < months.month_start_date then stretches.plan_code end
        ) as start_plan_code,
        max(
            case
                when coalesce(stretches.to_date > months.month_end_date, true)
                    then stretches.plan_code
            end
        ) as end_plan_code,
        count({{ one_if('stretches.from_date < months.month_start_date') }}) as active_at_start,
        count({{ one_if('coalesce(stretches.to_date > months.month_end_date, true)') }})
            as active_at_end,
        count({{ one_if(
            'stretches.is_spell_start and stretches.from_date >= months.month_start_date'
        ) }}) as spells_started,
        count({{ one_if(
            'stretches.is_spell_end and stretches.to_date <= months.month_end_date'
        ) }}) as spells_ended,
        count({{ one_if(
            'stretches.is_spell_end and stretches.to_date <= months.month_end_date'
            ' and stretches.spell_from_date < months.month_start_date'
        ) }}) as spells_ended_from_start

    from stretches

    inner join months
        on
            stretches.from_date <= months.month_end_date
            and coalesce(stretches.to_date >= months.month_start_date, true)

    {% if is_partial -%}
    where
        stretches.customer_id in {{ changed_customers }}
        or months.month_start_date > {{ previous_date }}

    {% endif -%}
    group by
        stretches.customer_id,
        stretches.customer_segment,
        stretches.country,
        stretches.acquisition_source,
        stretches.cohort_month_start_date,
        months.month_start_date

),

customer_tickets as (

    select
        customer_id,
        {{ period_start('month', 'created_date') }} as created_month_start_date,
        max(created_date) as last_created_date

    from tickets

    {% if is_partial -%}
    where
        customer_id in {{ changed_customers }}
        or created_date >= {{ add_days(previous_date, -var('customer_contact_days')) }}

    {% endif -%}
    group by
        customer_id,
        {{ period_start('month', 'created_date') }}

),

contacted as (

    select distinct
        customer_tickets.customer_id,
        months.month_start_date

    from customer_tickets

    inner join months
        on
            customer_tickets.created_month_start_date < months.month_start_date
            and customer_tickets.last_created_date
            >= {{ add_days('months.month_start_date', -var('customer_contact_days')) }}

),

final as (

    select
        ---------- ids
        active_months.customer_id,

        ---------- strings
        active_months.customer_segment,
        active_months.country,
        active_months.acquisition_source,
        active_months.start_plan_code,
        active_months.end_plan_code,

        ---------- numerics
        active_months.spells_started,
        active_months.spells_ended,

        ---------- booleans
        active_months.active_at_start > 0 as is_active_start,
        active_months.active_at_end > 0 as is_active_end,
        active_months.spells_started > 0 as is_won,
        active_months.spells_ended_from_start > 0 as is_lost,
        active_months.spells_ended > active_months.spells_ended_from_start
            as is_same_period_churn,
        contacted.customer_id is not null as was_contacted,

        ---------- dates
        active_months.month_start_date,
        active_months.cohort_month_start_date

    from active_months

    left join contacted
        on
            active_months.customer_id = contacted.customer_id
            and active_months.month_start_date = contacted.month_start_date

)

select * from final
