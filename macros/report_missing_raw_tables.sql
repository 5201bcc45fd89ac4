{# Says once, at the start of a run, which raw tables were not delivered. Where not even their
   schema is there, the name is wrong or nothing was loaded: stops, or every KPI would turn
   NULL. -#}
{% macro report_missing_raw_tables() -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- set missing = [] -%}
        {%- set schemas = {} -%}
        {%- for node in raw_sources() -%}
            {%- if adapter.get_relation(node.database, node.schema, node.identifier) is none -%}
                {%- do missing.append(node.source_name ~ '.' ~ node.name) -%}
                {%- do schemas.update({(node.database, node.schema): node.source_name}) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- for (database, schema), source_name in schemas.items()
            if not adapter.check_schema_exists(database, schema) -%}
            {%- do exceptions.raise_compiler_error(
                "raw schema '" ~ schema ~ "' does not exist in " ~ database ~ ": load first, or"
                ~ " correct the var raw_schema or " ~ source_name ~ "_schema"
            ) -%}
        {%- endfor -%}
        {%- if missing -%}
            {%- do log("raw tables not delivered, their KPIs are NULL: " ~ (missing | join(', ')),
                       info=true) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
