{# The type of a 64-bit floating-point number. dbt's own type_float is 32 bits on DuckDB, which
   rounds every sum of seconds above 16,777,216. -#}
{% macro type_double() -%}
    {{ return(adapter.dispatch('type_double', 'service_kpis')()) }}
{%- endmacro %}

{% macro default__type_double() -%}
    double precision
{%- endmacro %}

{% macro spark__type_double() -%}
    double
{%- endmacro %}
