{# Says once, at the start of a run, which raw tables were not delivered. -#}
{% macro report_missing_raw_tables() -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- set missing = [] -%}
        {%- for node in graph.sources.values() | sort(attribute='unique_id') -%}
            {%- if adapter.get_relation(node.database, node.schema, node.identifier) is none -%}
                {%- do missing.append(node.source_name ~ '.' ~ node.name) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if missing -%}
            {%- do log("raw tables not delivered, their KPIs are NULL: " ~ (missing | join(', ')),
                       info=true) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
