{# The UTC timestamp of a wall clock in a time zone (an SQL expression). A time that the clock
   change skips or repeats is resolved by the engine; opening hours do not start there. -#}
{% macro utc_from_local(local_at, time_zone=none) -%}
    {%- set zone = time_zone or "'" ~ var('reporting_timezone') ~ "'" -%}
    {{ return(adapter.dispatch('utc_from_local', 'service_kpis')(local_at, zone)) }}
{%- endmacro %}

{% macro default__utc_from_local(local_at, time_zone) -%}
    (cast({{ local_at }} as timestamp) at time zone {{ time_zone }} at time zone 'UTC')
{%- endmacro %}

{% macro spark__utc_from_local(local_at, time_zone) -%}
    to_utc_timestamp({{ local_at }}, {{ time_zone }})
{%- endmacro %}
