{# Whole days from one date to a later one (0 when equal, negative when earlier). Both are dates:
   of timestamps it would count midnights. -#}
{% macro days_between(start_date, end_date) -%}
    {{ return(adapter.dispatch('days_between', 'service_kpis')(start_date, end_date)) }}
{%- endmacro %}

{% macro default__days_between(start_date, end_date) -%}
    (({{ end_date }}) - ({{ start_date }}))
{%- endmacro %}

{% macro spark__days_between(start_date, end_date) -%}
    datediff({{ end_date }}, {{ start_date }})
{%- endmacro %}
