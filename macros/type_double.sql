{# The engine's 64-bit floating type. dbt.type_float() is 32-bit on DuckDB and keeps seven digits:
   a year of seconds would be off by more than one. -#}
{% macro type_double() -%}
    {{ return(adapter.dispatch('type_double', 'service_kpis')()) }}
{%- endmacro %}

{% macro default__type_double() -%}
    double precision
{%- endmacro %}

{% macro duckdb__type_double() -%}
    double
{%- endmacro %}

{% macro spark__type_double() -%}
    double
{%- endmacro %}
