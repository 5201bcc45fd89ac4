{# The sums of a mart's additive columns by their own names: counts as bigint, seconds exactly;
   0 where a group has none. A loop over names, because a mart has dozens of them. -#}
{% macro total_columns(counts, seconds=[]) -%}
    {%- for measure in counts -%}
        cast(coalesce(sum({{ measure }}), 0) as {{ dbt.type_bigint() }}) as {{ measure }}
        {{- ',\n        ' if not loop.last or seconds }}
    {%- endfor -%}
    {%- for measure in seconds -%}
        coalesce({{ exact_sum(measure) }}, 0) as {{ measure }}
        {{- ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
