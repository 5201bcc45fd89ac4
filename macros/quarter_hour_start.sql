{# The start of the quarter of an hour that holds a UTC timestamp. -#}
{% macro quarter_hour_start(utc_at) -%}
    date_trunc('hour', {{ utc_at }})
    + cast(floor(extract(minute from {{ utc_at }}) / 15) as {{ dbt.type_int() }})
    * interval '15' minute
{%- endmacro %}
