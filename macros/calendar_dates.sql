{# The query of all dates that calendars and dim_date cover, in `date_day`: from the var
   calendar_start_date to calendar_end_date, both included. -#}
{% macro calendar_dates() -%}
    {%- for name in ('calendar_start_date', 'calendar_end_date') -%}
        {%- if modules.re.match('^\d{4}-\d{2}-\d{2}$', var(name) | string) is none -%}
            {%- do exceptions.raise_compiler_error(
                "var " ~ name ~ ": '" ~ var(name) ~ "' is no date; write for example '2035-12-31'"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    select cast(spine.date_day as date) as date_day

    from (
        {{ dbt_utils.date_spine(
            'day',
            "cast('" ~ var('calendar_start_date') ~ "' as date)",
            add_days("cast('" ~ var('calendar_end_date') ~ "' as date)", 1)
        ) }}
    ) as spine
{%- endmacro %}
