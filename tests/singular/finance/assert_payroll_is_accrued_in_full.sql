-- The months of a payroll line add up to the line: no day is lost at a month end, and none counts
-- twice. Lines that reach beyond as_of, or outside the dates of dim_date, are not complete yet.
with

accruals as (

    select
        payroll_line_id,
        min(period_days) as period_days,
        sum(covered_days) as covered_days,
        sum(gross_amount + employer_charges_amount) as accrued_amount

    from {{ ref('int_payroll_accrual') }}

    group by payroll_line_id

),

lines as (

    select * from {{ ref('stg_finance__payroll') }}

),

final as (

    select
        accruals.*,
        coalesce(lines.gross_amount, 0) + coalesce(lines.employer_charges_amount, 0)
            as line_amount

    from accruals

    inner join lines
        on accruals.payroll_line_id = lines.payroll_line_id

    where
        accruals.covered_days > accruals.period_days
        or (
            accruals.covered_days = accruals.period_days
            and abs(
                accruals.accrued_amount
                - coalesce(lines.gross_amount, 0)
                - coalesce(lines.employer_charges_amount, 0)
            ) > 0.000001
        )

)

select * from final
