-- Allocation moves cost between channels, it adds and loses none: by month, cost centre, team and
-- vendor the mart holds what fct_cost_month holds.
with

mart as (

    select
        month_start_date,
        cost_center_id,
        team_id,
        vendor_id,
        sum(total_cost) as mart_cost,
        sum(unconverted_costs) as unconverted_costs

    from {{ ref('mart_cost_monthly') }}

    group by
        month_start_date,
        cost_center_id,
        team_id,
        vendor_id

),

costs as (

    select
        month_start_date,
        cost_center_id,
        team_id,
        vendor_id,
        sum(reporting_amount) as fact_cost

    from {{ ref('fct_cost_month') }}

    group by
        month_start_date,
        cost_center_id,
        team_id,
        vendor_id

),

final as (

    select
        costs.*,
        mart.mart_cost

    from costs

    left join mart
        on
            costs.month_start_date = mart.month_start_date
            and costs.cost_center_id = mart.cost_center_id
            and costs.team_id = mart.team_id
            and costs.vendor_id = mart.vendor_id

    where
        mart.month_start_date is null
        -- a total without rate is not known, which has its own test
        or (
            mart.unconverted_costs = 0
            and abs(costs.fact_cost - coalesce(mart.mart_cost, 0)) > 0.000001
        )

)

select * from final
