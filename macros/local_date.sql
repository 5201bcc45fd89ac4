{# The local date of a UTC timestamp, in the reporting time zone unless told otherwise (G2). -#}
{% macro local_date(utc_at, time_zone=none) -%}
    cast({{ local_timestamp(utc_at, time_zone) }} as date)
{%- endmacro %}
