{# The materialization `static_table`: a table that depends on vars and seeds alone, such as a
   calendar. A partial run leaves it as it is: the last complete run had the same. -#}
{% materialization static_table, default %}
    {%- set stored = load_cached_relation(this) -%}
    {%- if stored is not none and stored.is_table and is_partial_run() -%}
        {%- call noop_statement('main', 'SKIP', 'SKIP') %}{% endcall -%}
        {{ return({'relations': [stored]}) }}
    {%- endif -%}
    {%- set build_table = context.get('materialization_table_' ~ adapter.type(), context.get('materialization_table_default')) -%}
    {{ return(build_table()) }}
{% endmaterialization %}
