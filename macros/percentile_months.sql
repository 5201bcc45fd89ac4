{# CTEs up to `final`: percentiles of a ticket's times by month and scope. They do not add up, so
   each scope has its own row (G8). Reads CTE `tickets`.

   date_column: the local date of a ticket's month; scopes: {scope type: SQL expression of its id};
   count_name: what the tickets are called; clocks: columns with seconds. -#}
{% macro percentile_months(date_column, scopes, count_name, clocks) -%}
dates as (

    select * from {{ ref('dim_date') }}

),

sources as (

    select * from {{ ref('dim_source') }}

    where source_name = 'helpdesk'

),

months as (

    select
        month_start_date,
        max(day_end_at) as month_end_at

    from dates

    group by month_start_date

),

scoped as (

    {% for scope_type, scope_id in scopes.items() -%}
        select
            dates.month_start_date,
            '{{ scope_type }}' as scope_type,
            {{ scope_id }} as scope_id,
            tickets.{{ clocks | join(',\n            tickets.') }}

        from tickets

        inner join dates
            on tickets.{{ date_column }} = dates.date_day

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

aggregated as (

    select
        month_start_date,
        scope_type,
        scope_id,
        {%- for clock in clocks %}
        percentile_cont(0.5) within group (order by {{ clock }}) as median_{{ clock }},
        percentile_cont(0.9) within group (order by {{ clock }}) as p90_{{ clock }},
        {%- endfor %}
        cast(count(*) as {{ dbt.type_bigint() }}) as {{ count_name }}

    from scoped

    group by
        month_start_date,
        scope_type,
        scope_id

),

final as (

    select
        ---------- keys
        aggregated.month_start_date,
        aggregated.scope_type,
        aggregated.scope_id,

        ---------- counts
        aggregated.{{ count_name }},

        ---------- percentiles, not additive
        {%- for clock in clocks %}
        aggregated.median_{{ clock }},
        aggregated.p90_{{ clock }},
        {%- endfor %}

        ---------- flags
        aggregated.{{ count_name }} < {{ var('small_sample_n') }} as is_small_sample,
        sources.data_through_at < months.month_end_at as is_provisional,

        ---------- timestamps (UTC)
        least(sources.data_through_at, months.month_end_at) as data_through_at

    from aggregated

    inner join months
        on aggregated.month_start_date = months.month_start_date

    cross join sources

)
{%- endmacro %}
