-- Grain: one row per cost centre, team, cost category, channel, vendor, currency and month.
with

payroll as (

    select * from {{ ref('fct_payroll_month') }}

),

-- a ledger line that mirrors the payroll would count it twice (E30); only an explicit true does
ledger as (

    select
        cost_center_id,
        vendor_id,
        cost_category,
        channel,
        currency_code,
        amount,
        -- without a month it is that of the posting: money does not vanish
        {{ period_start('month', "coalesce(cost_month, " ~ local_date('posted_at') ~ ")") }}
            as month_start_date

    from {{ ref('stg_finance__operating_costs') }}

    where
        not coalesce(is_payroll_mirror, false)
        and (posted_at is null or posted_at <= {{ as_of() }})
        and coalesce(cost_month, {{ local_date('posted_at') }}) <= {{ local_date(as_of()) }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

channels as (

    select * from {{ ref('dim_channel') }}

),

-- the ledger knows no team: a cost centre with one team is that team's
cost_center_teams as (

    select
        cost_center_id,
        min(team_id) as team_id

    from {{ ref('dim_team') }}

    where cost_center_id != 'unknown'

    group by cost_center_id

    having count(*) = 1

),

unioned as (

    select
        cost_center_id,
        team_id,
        vendor_id,
        'payroll' as cost_category,
        'shared' as channel,
        currency_code,
        payroll_amount as cost_amount,
        month_start_date

    from payroll

    where is_costed

    union all

    select
        coalesce(ledger.cost_center_id, 'unknown') as cost_center_id,
        coalesce(cost_center_teams.team_id, 'unknown') as team_id,
        coalesce(ledger.vendor_id, 'in_house') as vendor_id,
        case
            when
                ledger.cost_category in (
                    'salaries', 'telecom', 'technology', 'automation', 'facilities', 'overhead',
                    'training', 'recruiting', 'vendor_fees', 'retention_gifts'
                )
                then ledger.cost_category
            else 'unknown'
        end as cost_category,
        case
            when ledger.channel is null then 'shared'
            else coalesce(channels.channel, 'unknown')
        end as channel,
        coalesce(ledger.currency_code, 'unknown') as currency_code,
        coalesce(ledger.amount, 0) as cost_amount,
        ledger.month_start_date

    from ledger

    left join cost_center_teams
        on ledger.cost_center_id = cost_center_teams.cost_center_id

    left join channels
        on ledger.channel = channels.channel

),

summed as (

    select
        cost_center_id,
        team_id,
        vendor_id,
        cost_category,
        channel,
        currency_code,
        month_start_date,
        cast(sum(cost_amount) as decimal(28, 10)) as cost_amount

    from unioned

    group by
        cost_center_id,
        team_id,
        vendor_id,
        cost_category,
        channel,
        currency_code,
        month_start_date

),

final as (

    select
        ---------- ids
        summed.cost_center_id,
        summed.team_id,
        summed.vendor_id,

        ---------- strings
        summed.cost_category,
        summed.channel,
        summed.currency_code,

        ---------- numerics
        summed.cost_amount,
        rates.exchange_rate,
        {{ converted_amount('summed.cost_amount', 'rates.exchange_rate') }} as reporting_amount,

        ---------- dates
        summed.month_start_date

    from summed

    left join rates
        on
            summed.currency_code = rates.currency_code
            and summed.month_start_date = rates.month_start_date

)

select * from final
