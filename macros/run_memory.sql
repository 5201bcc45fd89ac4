{# A dict that all nodes of one run share, for what would otherwise be asked of the database by each
   of them, hundreds of times. `graph` is the one thing that dbt hands to all of them. -#}
{% macro run_memory(subject) -%}
    {%- if not execute -%}
        {{ return({}) }}
    {%- endif -%}
    {%- do graph.setdefault('service_kpis_memory', {}) -%}
    {%- do graph['service_kpis_memory'].setdefault(subject, {}) -%}
    {{ return(graph['service_kpis_memory'][subject]) }}
{%- endmacro %}
