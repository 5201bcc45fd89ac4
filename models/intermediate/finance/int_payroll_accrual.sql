-- Grain: one row per payroll line and month.
-- Pay belongs to the months that were worked, by calendar days of the pay period; a correction to
-- the months of the line it corrects, whenever it is posted (E28).

with

-- what is posted after as_of is not known yet (Q09)
delivered as (

    select *

    from {{ ref('stg_finance__payroll') }}

    where posted_at is null or posted_at <= {{ as_of() }}

),

-- money does not vanish with a wrong date: a missing bound is the other one, without both it is
-- the day of posting
dated as (

    select
        *,
        coalesce(pay_period_start, pay_period_end, {{ local_date('posted_at') }})
            as period_start_date,
        coalesce(pay_period_end, pay_period_start, {{ local_date('posted_at') }})
            as delivered_end_date

    from delivered

),

-- an end before the start is wrong: the pay is that of its first day
lines as (

    select
        *,
        greatest(period_start_date, delivered_end_date) as period_end_date

    from dated

),

-- a correction of a correction goes to the months of the first line
{{ chain_ends('lines', 'payroll_line_id', 'adjusts_line_id') }},

adjusted_lines as (

    select
        chain_ends.payroll_line_id,
        lines.period_start_date,
        lines.period_end_date

    from chain_ends

    inner join lines
        on
            chain_ends.end_id = lines.payroll_line_id
            and lines.adjusts_line_id is null

),

placed as (

    select
        lines.payroll_line_id,
        lines.agent_id,
        lines.cost_center_id,
        lines.adjusts_line_id,
        lines.pay_component,
        lines.currency_code,
        lines.hours_paid,
        lines.gross_amount,
        lines.employer_charges_amount,
        lines.posted_at,
        coalesce(adjusted_lines.period_start_date, lines.period_start_date) as accrual_start_date,
        coalesce(adjusted_lines.period_end_date, lines.period_end_date) as accrual_end_date

    from lines

    left join adjusted_lines
        on lines.payroll_line_id = adjusted_lines.payroll_line_id

),

months as (

    select
        month_start_date,
        max(date_day) as month_end_date

    from {{ ref('dim_date') }}

    -- a month that has not begun has no cost yet
    where month_start_date <= {{ as_of_date() }}

    group by month_start_date

),

monthly as (

    select
        placed.*,
        months.month_start_date,
        least(placed.accrual_end_date, months.month_end_date) as last_covered_date,
        {{ days_between(
            'greatest(placed.accrual_start_date, months.month_start_date)',
            'least(placed.accrual_end_date, months.month_end_date)'
        ) }} + 1 as covered_days,
        {{ days_between('placed.accrual_start_date', 'placed.accrual_end_date') }} + 1
            as period_days

    from placed

    inner join months
        on
            placed.accrual_start_date <= months.month_end_date
            and placed.accrual_end_date >= months.month_start_date

),

agents as (

    select * from {{ ref('dim_agent') }}

),

teams as (

    select * from {{ ref('dim_team') }}

),

attributed as (

    select
        monthly.*,
        coalesce(agents.agent_id, 'unknown') as known_agent_id,
        coalesce(agents.team_id, 'unknown') as team_id,
        coalesce(agents.vendor_id, 'unknown') as vendor_id,
        coalesce(agents.worker_type, 'unknown') as worker_type,
        coalesce(monthly.cost_center_id, teams.cost_center_id, 'unknown') as paying_cost_center_id

    from monthly

    left join agents
        on
            monthly.agent_id = agents.agent_id
            and monthly.last_covered_date >= agents.valid_from_date
            and monthly.last_covered_date < agents.valid_to_date

    left join teams
        on agents.team_id = teams.team_id

),

final as (

    select
        ---------- ids
        payroll_line_id,
        known_agent_id as agent_id,
        team_id,
        paying_cost_center_id as cost_center_id,
        vendor_id,
        adjusts_line_id,

        ---------- strings
        coalesce(pay_component, 'unknown') as pay_component,
        -- never the reporting currency by default: 1:1 would be a silent error (E29)
        coalesce(currency_code, 'unknown') as currency_code,

        ---------- numerics
        cast(covered_days as integer) as covered_days,
        cast(period_days as integer) as period_days,
        cast(
            cast(coalesce(hours_paid, 0) as {{ type_double() }}) * covered_days / period_days
            as decimal(28, 10)
        ) as hours_paid,
        cast(
            cast(coalesce(gross_amount, 0) as {{ type_double() }}) * covered_days / period_days
            as decimal(28, 10)
        ) as gross_amount,
        cast(
            cast(coalesce(employer_charges_amount, 0) as {{ type_double() }})
            * covered_days / period_days
            as decimal(28, 10)
        ) as employer_charges_amount,

        ---------- booleans
        coalesce(pay_component = 'adjustment', false) or adjusts_line_id is not null
            as is_adjustment,
        -- the invoice of the outsourcer replaces the pay of its people (E30, Q131)
        worker_type != 'vendor' as is_costed,

        ---------- dates
        month_start_date,

        ---------- timestamps (UTC)
        posted_at

    from attributed

)

select * from final
