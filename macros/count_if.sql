{# 1 where the condition holds, else 0 (also where it is NULL): a row's part of a count. -#}
{% macro count_if(condition) -%}
    case when {{ condition }} then 1 else 0 end
{%- endmacro %}
