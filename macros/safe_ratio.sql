{# numerator / denominator as double; NULL, never 0 or infinity, when the denominator is 0 (G5). -#}
{% macro safe_ratio(numerator, denominator) -%}
    cast({{ numerator }} as {{ dbt.type_float() }}) / nullif({{ denominator }}, 0)
{%- endmacro %}
