{# The raw tables of the source YAML, delivered or not; what is no raw table has no key there. -#}
{% macro raw_nodes() -%}
    {%- set nodes = [] -%}
    {%- for node in graph.sources.values() | sort(attribute='unique_id')
        if node.config.meta.get('key') -%}
        {%- do nodes.append(node) -%}
    {%- endfor -%}
    {{ return(nodes) }}
{%- endmacro %}
