{# Query of the raw tables that were delivered, but whose newest row was loaded longer before as_of
   than their source YAML allows: `warn_after` or `error_after`, by which `dbt source freshness`
   goes too, but against the clock. A missing or empty table is not stale: nobody has all. As the
   last run found them. -#}
{% macro stale_raw_tables(limit) -%}
    {%- if limit not in ('warn_after', 'error_after') -%}
        {%- do exceptions.raise_compiler_error(
            "stale_raw_tables: limit must be warn_after or error_after, not " ~ limit
        ) -%}
    {%- endif -%}
    {%- set parts = {'minute': 60, 'hour': 3600, 'day': 86400} -%}
    {%- set found = source('data_quality', 'source_freshness') -%}
    {%- set runs = source('data_quality', 'run_history') -%}
    with

    limits as (

        select
            cast(null as {{ dbt.type_string() }}) as source_name,
            cast(null as {{ dbt.type_string() }}) as table_name,
            cast(null as bigint) as most_seconds

        {% for node in (raw_sources() if execute else []) if node.freshness -%}
            {%- set after = node.freshness.get(limit) or {} -%}
            {%- if after.get('count') is not none and after.get('period') in parts %}

        union all

        select
            '{{ node.source_name }}',
            '{{ node.name }}',
            {{ after['count'] * parts[after.period] }}
            {%- endif -%}
        {%- endfor %}

    ),

    last_run as (

        select run_id

        from {{ runs }}

        order by started_at desc, run_id desc

        limit 1

    ),

    final as (

        select
            found.source_name,
            found.table_name,
            found.loaded_through_at,
            limits.most_seconds

        from {{ found }} as found

        inner join last_run
            on found.run_id = last_run.run_id

        inner join limits
            on
                found.source_name = limits.source_name
                and found.table_name = limits.table_name

        where {{ elapsed_seconds('found.loaded_through_at', as_of()) }} > limits.most_seconds

    )

    select * from final
{%- endmacro %}
