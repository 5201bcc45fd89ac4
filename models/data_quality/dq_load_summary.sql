-- Grain: one row per raw table and load.
{% set tables = raw_tables(with_loads=true) -%}

with

delivered as (

    {% for table in tables if table.relation is not none -%}
    select
        '{{ table.node.source_name }}' as source_name,
        '{{ table.node.name }}' as raw_table,
        coalesce({{ table.load_at }}, cast('1970-01-01' as timestamp)) as loaded_at,
        count(*) as delivered_row_count

    from {{ table.relation }}

    group by coalesce({{ table.load_at }}, cast('1970-01-01' as timestamp))

    union all

    {% endfor -%}
    select
        '' as source_name,
        '' as raw_table,
        cast('1970-01-01' as timestamp) as loaded_at,
        cast(0 as bigint) as delivered_row_count

    where 1 = 0

),

findings as (

    select
        raw_table,
        severity,
        outcome,
        coalesce(
            {% set unstamped = [] -%}
            {% for table in tables if table.relation is not none and not table.is_stamped -%}
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
        count(case when outcome = 'superseded' then 1 end) as superseded_row_count,
        count(case when outcome = 'rejected' then 1 end) as rejected_row_count,
        count(case when outcome = 'repaired' then 1 end) as repaired_value_count,
        count(case when severity = 'info' then 1 end) as info_finding_count,
        count(case when severity = 'warning' then 1 end) as warning_finding_count,
        count(case when severity = 'error' then 1 end) as error_finding_count

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
        delivered.delivered_row_count,
        delivered.delivered_row_count - coalesce(counted.superseded_row_count, 0)
        - coalesce(counted.rejected_row_count, 0) as accepted_row_count,
        coalesce(counted.superseded_row_count, 0) as superseded_row_count,
        coalesce(counted.rejected_row_count, 0) as rejected_row_count,
        coalesce(counted.repaired_value_count, 0) as repaired_value_count,
        coalesce(counted.info_finding_count, 0) as info_finding_count,
        coalesce(counted.warning_finding_count, 0) as warning_finding_count,
        coalesce(counted.error_finding_count, 0) as error_finding_count,

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
