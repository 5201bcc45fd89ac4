{# The totals of a mart's additive columns by their own names; 0 where a group has none: marks (1 or
   NULL) are counted, counts added up as bigint, seconds exactly. A loop over names, because a mart
   has dozens of them. -#}
{% macro total_columns(counts=[], seconds=[], marks=[]) -%}
    {%- set columns = [] -%}
    {%- for measure in marks -%}
        {%- do columns.append('count(' ~ measure ~ ') as ' ~ measure) -%}
    {%- endfor -%}
    {%- for measure in counts -%}
        {%- do columns.append(
            'cast(coalesce(sum(' ~ measure ~ '), 0) as ' ~ dbt.type_bigint() ~ ') as ' ~ measure
        ) -%}
    {%- endfor -%}
    {%- for measure in seconds -%}
        {%- do columns.append('coalesce(' ~ exact_sum(measure) ~ ', 0) as ' ~ measure) -%}
    {%- endfor -%}
    {{ columns | join(',\n        ') }}
{%- endmacro %}
