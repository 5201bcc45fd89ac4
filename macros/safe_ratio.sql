{# numerator / denominator as double; NULL, never 0 or infinity, when the denominator is 0 (G5). -#}
{% macro safe_ratio(numerator, denominator) -%}
    cast({{ numerator }} as {{ type_double() }}) / nullif({{ denominator }}, 0)
{%- endmacro %}
