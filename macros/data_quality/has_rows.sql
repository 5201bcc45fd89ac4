{# Tells whether a relation has a row, one that holds a condition if there is one. -#}
{% macro has_rows(relation, condition=none) -%}
    {{ return(
        run_query(
            'select 1 from ' ~ relation ~ (' where ' ~ condition if condition else '') ~ ' limit 1'
        ).rows | length > 0
    ) }}
{%- endmacro %}
