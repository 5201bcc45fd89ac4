{# The additive columns of the service level marts and the KPIs made of them, for the last
   select. -#}
{% macro service_level_columns() -%}
    {%- for measures in service_level_measures().values() -%}
        {%- for measure in measures %}
        {{ measure }},
        {%- endfor -%}
    {%- endfor -%}
    {%- for kpi_code, parts in service_level_kpis().items() %}
        {{ safe_ratio(parts[0], parts[1]) }} as {{ kpi_code }}{{ ',' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
