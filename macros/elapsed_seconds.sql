{# Exact seconds between two UTC timestamps, fractions kept; negative when end is before start.
   date_diff counts clock boundaries, so it is never used for durations. -#}
{% macro elapsed_seconds(start_at, end_at) -%}
    {{ return(adapter.dispatch('elapsed_seconds', 'service_kpis')(start_at, end_at)) }}
{%- endmacro %}

{% macro default__elapsed_seconds(start_at, end_at) -%}
    cast(extract(epoch from ({{ end_at }} - {{ start_at }})) as double precision)
{%- endmacro %}

{% macro duckdb__elapsed_seconds(start_at, end_at) -%}
    ((epoch_us({{ end_at }}) - epoch_us({{ start_at }})) / cast(1000000 as double))
{%- endmacro %}

{% macro spark__elapsed_seconds(start_at, end_at) -%}
    ((unix_micros({{ end_at }}) - unix_micros({{ start_at }})) / cast(1000000 as double))
{%- endmacro %}
