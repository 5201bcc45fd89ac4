{# The delivered raw tables of a partial run: dicts with the node, the relation, its columns as
   found, and whether all its rows have to be judged anew, not only newly arrived ones. -#}
{% macro dq_tables_in_scope() -%}
    {%- set tables = [] -%}
    {%- set loads = [] -%}
    {%- for node in raw_sources() -%}
        {%- set relation = adapter.get_relation(node.database, node.schema, node.identifier) -%}
        {%- if relation is not none -%}
            {%- set found = raw_columns(node, relation) -%}
            {%- set loaded_at = raw_value(node.columns['_loaded_at'], found) -%}
            {%- set is_old = 'not ' ~ has_newly_arrived(found)
                if arrived_at(found).column is not none else 'false' -%}
            {%- do tables.append({'node': node, 'relation': relation, 'found': found}) -%}
            {%- do loads.append(
                "select '" ~ node.name ~ "', count(*), count(case when " ~ is_old
                ~ " then 1 end), coalesce(min(" ~ loaded_at ~ ") < min(case when " ~ is_old
                ~ " then " ~ loaded_at ~ " end), false) from " ~ relation
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set begun, earlier = [], [] -%}
    {%- for row in run_query(loads | join(' union all ')).rows if loads -%}
        {%- if row[1] and not row[2] -%}{%- do begun.append(row[0]) -%}{%- endif -%}
        {%- if row[3] -%}{%- do earlier.append(row[0]) -%}{%- endif -%}
    {%- endfor -%}
    {%- for table in tables -%}
        {%- set anew = [table.node.name in earlier] -%}
        {%- for column in table.node.columns.values() -%}
            {%- set target = reference_target(column) -%}
            {%- if target in begun
                or (target == 'agents' and 'agent_assignments' in begun) -%}
                {%- do anew.append(true) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do table.update({'is_judged_anew': true in anew}) -%}
    {%- endfor -%}
    {{ return(tables) }}
{%- endmacro %}
