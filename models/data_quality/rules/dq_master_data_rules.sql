-- Grain: one row per finding on a customer, an assignment, a timesheet or a cost.
{#- small tables, looked at as a whole by each run -#}
{{ config(materialized='table') }}

with

customers as (

    select * from {{ ref('stg_crm__customers') }}

),

assignments as (

    select * from {{ ref('stg_workforce__agent_assignments') }}

    where
        valid_from <= {{ as_of_date() }}
        and (valid_to is null or valid_to > valid_from)

),

timesheets as (

    select * from {{ ref('stg_workforce__timesheets') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

operating_costs as (

    select * from {{ ref('stg_finance__operating_costs') }}

),

payroll as (

    select * from {{ ref('stg_finance__payroll') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

{{ chain_ends('customers', 'customer_id', 'merged_into_customer_id') }},

followed_assignments as (

    select
        *,
        lead(valid_from) over (
            partition by agent_id
            order by valid_from
        ) as next_valid_from

    from assignments

),

judged as (

    -- E39: the end of a circle is itself merged
    select
        'customers' as raw_table,
        customers.customer_id as row_key,
        'merged_into_customer_id' as column_name,
        'customer_merge_cycle' as reason_code,
        customers.merged_into_customer_id as raw_value,
        customers.source_file,
        customers.loaded_at

    from customers

    inner join chain_ends
        on customers.customer_id = chain_ends.customer_id

    inner join customers as ends
        on chain_ends.end_id = ends.customer_id

    where ends.merged_into_customer_id is not null

    union all

    -- G9: the later start wins
    select
        'agent_assignments' as raw_table,
        agent_id || '|' || cast(valid_from as {{ dbt.type_string() }}) as row_key,
        'valid_from' as column_name,
        'overlapping_assignment' as reason_code,
        cast(valid_from as {{ dbt.type_string() }}) as raw_value,
        source_file,
        loaded_at

    from followed_assignments

    where next_valid_from < coalesce(valid_to, cast('9999-12-31' as date))

    {% for column in ['scheduled_hours', 'worked_hours', 'overtime_hours', 'absence_hours'] -%}
        union all

        select
            'timesheets' as raw_table,
            timesheets.agent_id || '|' || cast(timesheets.work_date as {{ dbt.type_string() }})
                as row_key,
            '{{ column }}' as column_name,
            'impossible_hours' as reason_code,
            cast(timesheets.{{ column }} as {{ dbt.type_string() }}) as raw_value,
            timesheets.source_file,
            timesheets.loaded_at

        from timesheets

        inner join dates
            on timesheets.work_date = dates.date_day

        where timesheets.{{ column }} * 3600 > dates.seconds_in_day

    {% endfor -%}
    union all

    -- E29: the amounts of this line are unknown
    select
        'operating_costs' as raw_table,
        operating_costs.cost_id as row_key,
        'currency' as column_name,
        'missing_fx_rate' as reason_code,
        operating_costs.currency_code as raw_value,
        operating_costs.source_file,
        operating_costs.loaded_at

    from operating_costs

    left join rates
        on
            operating_costs.currency_code = rates.currency_code
            and {{ period_start(
                'month',
                "coalesce(operating_costs.cost_month, "
                ~ local_date('operating_costs.posted_at') ~ ")"
            ) }} = rates.month_start_date

    where
        rates.currency_code is null
        and not coalesce(operating_costs.is_payroll_mirror, false)

    union all

    select
        'payroll' as raw_table,
        payroll.payroll_line_id as row_key,
        'currency' as column_name,
        'missing_fx_rate' as reason_code,
        payroll.currency_code as raw_value,
        payroll.source_file,
        payroll.loaded_at

    from payroll

    left join rates
        on
            payroll.currency_code = rates.currency_code
            and {{ period_start('month', 'payroll.pay_period_start') }} = rates.month_start_date

    where rates.currency_code is null

),

{{ rule_findings([
    ('crm', 'customers'), ('workforce', 'agent_assignments'), ('workforce', 'timesheets'),
    ('finance', 'operating_costs'), ('finance', 'payroll'),
]) }}
