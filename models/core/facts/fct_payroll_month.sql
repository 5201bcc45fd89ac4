-- Grain: one row per agent, team, cost centre, vendor, pay component, currency and month.
with

accruals as (

    select * from {{ ref('int_payroll_accrual') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

summed as (

    select
        agent_id,
        team_id,
        cost_center_id,
        vendor_id,
        pay_component,
        currency_code,
        month_start_date,
        is_costed,
        count(*) as line_count,
        sum(hours_paid) as hours_paid,
        sum(gross_amount) as gross_amount,
        sum(employer_charges_amount) as employer_charges_amount,
        sum(gross_amount + employer_charges_amount) as payroll_amount,
        max(posted_at) as last_posted_at

    from accruals

    group by
        agent_id,
        team_id,
        cost_center_id,
        vendor_id,
        pay_component,
        currency_code,
        month_start_date,
        is_costed

),

final as (

    select
        ---------- ids
        summed.agent_id,
        summed.team_id,
        summed.cost_center_id,
        summed.vendor_id,

        ---------- strings
        summed.pay_component,
        summed.currency_code,

        ---------- numerics
        cast(summed.line_count as {{ dbt.type_bigint() }}) as line_count,
        cast(summed.hours_paid as decimal(28, 10)) as hours_paid,
        cast(summed.gross_amount as decimal(28, 10)) as gross_amount,
        cast(summed.employer_charges_amount as decimal(28, 10)) as employer_charges_amount,
        cast(summed.payroll_amount as decimal(28, 10)) as payroll_amount,
        rates.exchange_rate,
        {{ converted_amount('summed.payroll_amount', 'rates.exchange_rate') }} as reporting_amount,

        ---------- booleans
        summed.is_costed,

        ---------- dates
        summed.month_start_date,

        ---------- timestamps (UTC)
        summed.last_posted_at

    from summed

    left join rates
        on
            summed.currency_code = rates.currency_code
            and summed.month_start_date = rates.month_start_date

)

select * from final
