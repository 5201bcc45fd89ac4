{# The additive columns of the workforce planning marts and the KPIs made of them, for the last
   select. -#}
{% macro workforce_planning_columns(is_roll_up=false) -%}
    {%- for measures in workforce_planning_measures().values() -%}
        {%- for measure in measures %}
        {{ measure }},
        {%- endfor -%}
    {%- endfor -%}
    {%- for kpi_code, parts in workforce_planning_kpis(is_roll_up).items() %}
        {{ safe_ratio(parts[0], parts[1]) }} as {{ kpi_code }}{{ ',' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
