-- Grain: one row per raw table and load.
{% set tables = raw_tables() -%}

with

delivered as (

    {% for table in tables if table.relation is not none -%}
    select
        '{{ table.node.source_name }}' as source_name,
        '{{ table.node.name }}' as raw_table,
        coalesce({{ table.load_at }}, cast('1970-01-01' as timestamp)) as loaded_at,
        count(*) as delivered_rows

    from {{ table.relation }}

    group by coalesce({{ table.load_at }}, cast('1970-01-01' as timestamp))

    union all

    {% endfor -%}
    select
        '' as source_name,
        '' as raw_table,
        cast('1970-01-01' as timestamp) as loaded_at,
        cast(0 as bigint) as delivered_rows

    where 1 = 0

),

findings as (

    select
        raw_table,
        severity,
        outcome,
        coalesce(
            {% set unstamped = [] -%}
            {% for table in tables if not table.is_stamped -%}
                {% do unstamped.append(table.node.name) -%}
            {% endfor -%}
            case
                when raw_table in ('{{ unstamped | join("', '") }}')
                    then {{ load_instant('arrived_at', false) }}
                else arrived_at
            end,
            cast('1970-01-01' as timestamp)
        ) as loaded_at

    from {{ ref('dq_findings') }}

),

counted as (

    select
        raw_table,
        loaded_at,
        count(case when outcome = 'superseded' then 1 end) as superseded_rows,
        count(case when outcome = 'rejected' then 1 end) as rejected_rows,
        count(case when outcome = 'repaired' then 1 end) as repaired_values,
        count(case when severity = 'info' then 1 end) as info_findings,
        count(case when severity = 'warning' then 1 end) as warning_findings,
        count(case when severity = 'error' then 1 end) as error_findings

    from findings

    group by
        raw_table,
        loaded_at

),

final as (

    select
        ---------- strings
        delivered.source_name,
        delivered.raw_table,

        ---------- numerics
        delivered.delivered_rows,
        delivered.delivered_rows - coalesce(counted.superseded_rows, 0)
        - coalesce(counted.rejected_rows, 0) as accepted_rows,
        coalesce(counted.superseded_rows, 0) as superseded_rows,
        coalesce(counted.rejected_rows, 0) as rejected_rows,
        coalesce(counted.repaired_values, 0) as repaired_values,
        coalesce(counted.info_findings, 0) as info_findings,
        coalesce(counted.warning_findings, 0) as warning_findings,
        coalesce(counted.error_findings, 0) as error_findings,

        ---------- booleans
        delivered.loaded_at = max(delivered.loaded_at) over (partition by delivered.raw_table)
            as is_latest_load,

        ---------- timestamps (UTC)
        delivered.loaded_at

    from delivered

    left join counted
        on
            delivered.raw_table = counted.raw_table
            and delivered.loaded_at = counted.loaded_at

)

select * from final
