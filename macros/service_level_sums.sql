{# The sums of all additive columns of the service level marts, for a select that groups. -#}
{% macro service_level_sums() -%}
    {%- for measures in service_level_measures().values() -%}
        {%- set outer_loop = loop -%}
        {%- for measure in measures %}
        {% if measure.endswith('_wait_seconds') -%}
        {{ exact_sum('coalesce(' ~ measure ~ ', 0)') }}
        {%- else -%}
        cast(coalesce(sum({{ measure }}), 0) as bigint)
        {%- endif %} as {{ measure }}{{ ',' if not (loop.last and outer_loop.last) }}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}
