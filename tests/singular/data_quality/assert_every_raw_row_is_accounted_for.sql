-- Of each raw table, the rows delivered are those accepted, superseded and rejected; and so are
-- those of its loads together.
with

balance as (

    select * from {{ ref('dq_table_balance') }}

),

loads as (

    select
        raw_table,
        sum(delivered_rows) as delivered_rows,
        sum(accepted_rows) as accepted_rows

    from {{ ref('dq_load_summary') }}

    group by raw_table

),

final as (

    select
        balance.raw_table,
        balance.delivered_rows,
        balance.accepted_rows,
        balance.superseded_rows,
        balance.rejected_rows,
        loads.delivered_rows as rows_of_loads,
        loads.accepted_rows as accepted_rows_of_loads

    from balance

    left join loads
        on balance.raw_table = loads.raw_table

    where
        balance.delivered_rows
        != balance.accepted_rows + balance.superseded_rows + balance.rejected_rows
        or balance.delivered_rows != coalesce(loads.delivered_rows, 0)
        or balance.accepted_rows != coalesce(loads.accepted_rows, 0)

)

select * from final
