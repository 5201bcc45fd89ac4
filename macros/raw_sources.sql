{# The nodes of the raw tables, in a fixed order: the sources, but for what runs write down about
   themselves. -#}
{% macro raw_sources() -%}
    {{ return(
        graph.sources.values() | rejectattr('source_name', 'equalto', 'data_quality')
        | sort(attribute='unique_id') | list
    ) }}
{%- endmacro %}
