{# Day of the week of a date, 1 = Monday to 7 = Sunday, whatever the engine's own first day is. -#}
{% macro iso_weekday(date_expression) -%}
    {{ return(adapter.dispatch('iso_weekday', 'service_kpis')(date_expression)) }}
{%- endmacro %}

{% macro default__iso_weekday(date_expression) -%}
    cast(extract(isodow from {{ date_expression }}) as integer)
{%- endmacro %}

{% macro spark__iso_weekday(date_expression) -%}
    cast(extract(dayofweek_iso from {{ date_expression }}) as int)
{%- endmacro %}
