{# Condition: this run has changed the row of a key in one of these models; in a full run every row
   is new. -#}
{% macro is_changed_row(relation_names, row_key) -%}
    {%- if execute and is_partial_run() -%}
        {{ _is_logged_row(relation_names, row_key) }}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{% macro _is_logged_row(relation_names, row_key) -%}
    {{ row_key }} in (
        select changes.entity_id
        from {{ change_log() }} as changes
        where
            changes.entity = 'row'
            and changes.relation_name in ('{{ relation_names | join("', '") }}')
    )
{%- endmacro %}
