-- Of each raw table, the rows delivered are those accepted, superseded and rejected; and so are
-- those of its loads together.
with

balance as (

    select * from {{ ref('dq_table_balance') }}

),

loads as (

    select
        raw_table,
        sum(delivered_row_count) as delivered_row_count,
        sum(accepted_row_count) as accepted_row_count

    from {{ ref('dq_load_summary') }}

    group by raw_table

),

final as (

    select
        balance.raw_table,
        balance.delivered_row_count,
        balance.accepted_row_count,
        balance.superseded_row_count,
        balance.rejected_row_count,
        loads.delivered_row_count as rows_of_loads,
        loads.accepted_row_count as accepted_rows_of_loads

    from balance

    left join loads
        on balance.raw_table = loads.raw_table

    where
        balance.delivered_row_count
        != balance.accepted_row_count + balance.superseded_row_count + balance.rejected_row_count
        or balance.delivered_row_count != coalesce(loads.delivered_row_count, 0)
        or balance.accepted_row_count != coalesce(loads.accepted_row_count, 0)

)

select * from final
