{# A raw instant as a UTC timestamp. Loaders deliver instants with a zone, as plain UTC timestamps,
   or as text; what is no instant becomes NULL. -#}
{% macro raw_instant(column, found_type) -%}
    {%- if 'with time zone' in found_type or found_type == 'timestamptz' -%}
        {{ utc_timestamp(column) }}
    {%- elif 'timestamp' in found_type or found_type in ('date', 'datetime') -%}
        cast({{ column }} as timestamp)
    {%- else -%}
        {{ utc_timestamp(dbt.safe_cast(column, 'timestamptz')) }}
    {%- endif -%}
{%- endmacro %}
