{# The wall clock in a time zone at a UTC timestamp. Never subtract two of these: a day with a
   clock change has 23 or 25 hours (E11). `time_zone` is an SQL expression. -#}
{% macro local_timestamp(utc_at, time_zone=none) -%}
    {%- set zone = time_zone or "'" ~ var('reporting_timezone') ~ "'" -%}
    {{ return(adapter.dispatch('local_timestamp', 'service_kpis')(utc_at, zone)) }}
{%- endmacro %}

{% macro default__local_timestamp(utc_at, time_zone) -%}
    ({{ utc_at }} at time zone 'UTC' at time zone {{ time_zone }})
{%- endmacro %}

{# half the time of the default: `at time zone 'UTC'` is a look-up in the zone tables too #}
{% macro duckdb__local_timestamp(utc_at, time_zone) -%}
    (make_timestamptz(epoch_us({{ utc_at }})) at time zone {{ time_zone }})
{%- endmacro %}

{% macro spark__local_timestamp(utc_at, time_zone) -%}
    from_utc_timestamp({{ utc_at }}, {{ time_zone }})
{%- endmacro %}
