{# First day of the month, quarter or year of a date, as a date. Weeks start on Monday and are
   counted with iso_weekday: an engine's own week may not. -#}
{% macro period_start(period, date_expression) -%}
    {%- if period not in ('month', 'quarter', 'year') -%}
        {%- do exceptions.raise_compiler_error(
            "period_start: period must be month, quarter or year, not " ~ period
        ) -%}
    {%- endif -%}
    cast({{ dbt.date_trunc(period, date_expression) }} as date)
{%- endmacro %}
