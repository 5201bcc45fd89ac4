-- Grain: one row per local day, channel, queue, team, ticket type, priority, topic and product with
-- tickets in the backlog at the end of the day, or entering or leaving it.
{% set keys = [
    'channel', 'queue_id', 'team_id', 'ticket_type', 'priority', 'topic_code', 'product_code',
] %}
{% set stocks = [
    'open', 'unhandled', 'actionable', 'young_1d', 'young_3d', 'young_7d', 'young_30d',
    'created_epoch',
] %}
{% set flows = [
    'backlog_created', 'backlog_reopened', 'backlog_restored', 'backlog_moved_in',
    'backlog_solved', 'backlog_deleted', 'backlog_moved_out',
] %}
{% set since_date = backlog_since_date() %}

with

changes as (

    select
        date_day,
        {{ keys | join(',\n        ') }},
        {{ flows | join(',\n        ') }},
        {{ stocks | join('_change,\n        ') }}_change

    from {{ ref('int_backlog_changes') }}

    {% if since_date -%}
    where date_day >= {{ since_date }}

    union all

    -- the stock until then, as if all of it had come on the day before
    select
        {{ add_days(since_date, -1) }} as date_day,
        {{ keys | join(',\n        ') }},
        {% for flow in flows -%}
            0 as {{ flow }},
        {% endfor -%}
        {% for stock in stocks -%}
            sum({{ stock }}_change) as {{ stock }}_change{{ ',' if not loop.last }}
        {% endfor %}

    from {{ ref('int_backlog_changes') }}

    where date_day < {{ since_date }}

    group by
        {{ keys | join(',\n        ') }}

    having sum(open_change) != 0
    {%- endif %}

),

dates as (

    select * from {{ ref('dim_date') }}

),

-- no stock is claimed for days of which no data has come (E42)
horizon as (

    select {{ local_date('data_through_at') }} as last_date

    from {{ ref('int_data_through') }}

    where source_name = 'helpdesk'

),

running as (

    select
        date_day,
        {{ keys | join(',\n        ') }},
        {{ flows | join(',\n        ') }},
        {% for stock in stocks -%}
            sum({{ stock }}_change) over (
                partition by {{ keys | join(', ') }}
                order by date_day
                rows between unbounded preceding and current row
            ) as {{ stock }}_stock,
        {% endfor -%}
        lead(date_day) over (
            partition by {{ keys | join(', ') }}
            order by date_day
        ) as next_change_date

    from changes

),

-- a stock stays what it is until the next change; nothing in, nothing out needs no row
spans as (

    select
        running.*,
        case
            when running.open_stock = 0 then running.date_day
            when running.next_change_date <= horizon.last_date
                then {{ add_days('running.next_change_date', -1) }}
            else horizon.last_date
        end as last_date

    from running

    cross join horizon

),

days as (

    select
        spans.*,
        dates.date_day as stock_date,
        -- the stock of a day that is not over is the stock now
        least(dates.day_end_at, {{ as_of() }}) as counted_at

    from spans

    inner join dates
        on
            spans.date_day <= dates.date_day
            and spans.last_date >= dates.date_day

    {% if since_date -%}
    where dates.date_day >= {{ since_date }}
    {%- endif %}

),

final as (

    select
        ---------- keys
        stock_date as date_day,
        {{ keys | join(',\n        ') }},

        ---------- flows
        {% for flow in flows -%}
            case when stock_date = date_day then {{ flow }} else 0 end as {{ flow }},
        {% endfor %}
        ---------- stocks
        cast(open_stock as {{ dbt.type_bigint() }}) as backlog_open,
        cast(unhandled_stock as {{ dbt.type_bigint() }}) as backlog_unhandled,
        cast(actionable_stock as {{ dbt.type_bigint() }}) as backlog_actionable,
        cast(young_1d_stock as {{ dbt.type_bigint() }}) as backlog_within_1d,
        cast(young_3d_stock as {{ dbt.type_bigint() }}) as backlog_within_3d,
        cast(young_7d_stock as {{ dbt.type_bigint() }}) as backlog_within_7d,
        cast(young_30d_stock as {{ dbt.type_bigint() }}) as backlog_within_30d,
        cast(
            open_stock * cast(
                {{ elapsed_seconds("cast('1970-01-01' as timestamp)", 'counted_at') }}
                as decimal(18, 6)
            ) - created_epoch_stock as {{ type_double() }}
        ) as backlog_age_seconds

    from days

)

select * from final
