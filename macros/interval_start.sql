{# The start of the 30-minute interval that holds a UTC timestamp. -#}
{% macro interval_start(utc_at) -%}
    date_trunc('hour', {{ utc_at }})
    + case
        when extract(minute from {{ utc_at }}) >= 30 then interval '30' minute
        else interval '0' minute
    end
{%- endmacro %}
