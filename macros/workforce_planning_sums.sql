{# The sums of all additive columns of the workforce planning marts, for a select that groups. Sums
   of quotients are made as decimals, so that they do not depend on the order of the rows. -#}
{% macro workforce_planning_sums() -%}
    {%- set measures = workforce_planning_measures() -%}
    {%- for measure in measures.counts %}
        cast(coalesce(sum({{ measure }}), 0) as {{ dbt.type_bigint() }}) as {{ measure }},
    {%- endfor -%}
    {%- for measure in measures.amounts %}
        cast(coalesce(sum({{ measure }}), 0) as decimal(24, 6)) as {{ measure }},
    {%- endfor -%}
    {%- for measure in measures.quotients %}
        cast(
            coalesce(sum(cast({{ measure }} as decimal(28, 12))), 0) as {{ type_double() }}
        ) as {{ measure }}{{ ',' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
