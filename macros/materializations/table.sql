{# dbt's `table` on DuckDB, in one statement: the old table goes and the new one comes in one
   transaction. dbt's own builds beside it, renames twice and drops, which takes longer than small
   models take themselves; DuckDB's transactions cover its definitions, so nothing is lost by it.

   With meta `is_static` a table depends on vars and seeds alone, such as a calendar: a partial run
   leaves it as it is. -#}
{% materialization table, adapter='duckdb', supported_languages=['sql'] %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set stored = load_cached_relation(this) -%}
    {%- set is_static = config.get('meta', {}).get('is_static', false) -%}

    {%- if is_static and stored is not none and stored.is_table and is_partial_run() -%}
        {%- call noop_statement('main', 'SKIP', 'SKIP') %}{% endcall -%}
        {{ return({'relations': [stored]}) }}
    {%- endif -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% call statement('main') -%}
        {%- if stored is not none %}
            drop {{ stored.type }} {{ stored }};
        {%- endif %}
        {{ create_table_as(False, target_relation, compiled_code) }}
    {%- endcall %}

    {% do create_indexes(target_relation) %}
    {% do persist_docs(target_relation, model) %}
    {% do apply_grants(target_relation, config.get('grants'), should_revoke=False) %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
