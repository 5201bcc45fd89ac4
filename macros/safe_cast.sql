{# dbt's safe_cast on DuckDB: NULL for a value that cannot be cast. dbt's own falls back to a plain
   cast there, and one bad value in a loader's text column would stop the run. -#}
{% macro duckdb__safe_cast(field, type) -%}
    try_cast({{ field }} as {{ type }})
{%- endmacro %}
