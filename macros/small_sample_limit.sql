{# Below how many cases a figure is flagged as a small sample (G12): fewer for the figures of one
   agent, which are small by nature. -#}
{% macro small_sample_limit(agent_id) -%}
    case
        when {{ agent_id }} = 'unknown' then {{ var('small_sample_n') }}
        else {{ var('small_sample_agent_n') }}
    end
{%- endmacro %}
