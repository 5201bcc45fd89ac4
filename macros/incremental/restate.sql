{# The incremental strategy `restate`: of the keys in its scope the model's query returns all rows
   as they are now; those keys whose rows differ from the stored ones are replaced, all others stay
   untouched. What the changed rows are about, before and after, goes into the change log for the
   models that build on them: the model's meta `links`, per entity the columns (or expressions) that
   name it.

   The scope is the keys that the query returns and the stored rows that the model's meta `scope`
   puts there, so that what the query no longer returns is deleted: per entity of
   int_restatement_scope the column with its id, or `all`; with `agent_time_scope` the days that
   int_agent_time_scope names. -#}
{% macro get_incremental_restate_sql(arg_dict) -%}
    {%- set target_relation = arg_dict.target_relation -%}
    {%- set fresh = arg_dict.temp_relation -%}
    {%- set key = arg_dict.unique_key if arg_dict.unique_key is not string
        else [arg_dict.unique_key] -%}
    {%- set meta = config.get('meta', {}) -%}
    {%- set columns = arg_dict.dest_columns | map(attribute='quoted') | join(', ') -%}
    {%- set changed = target_relation.identifier ~ '__changed' -%}
    {%- set stored -%}
        (
            select stored.* from {{ target_relation }} as stored
            {%- if meta.get('scope') != 'all' %}
            where {{ _is_in('stored', fresh, key) }}
            {%- for entity, column in meta.get('scope', {}).items() %}
                or {{ column }} in (
                    select scope.entity_id from {{ stored_relation('intermediate', 'int_restatement_scope') }} as scope
                    where scope.entity = '{{ entity }}'
                )
            {%- endfor %}
            {%- if meta.get('agent_time_scope') %}
                or exists (
                    select 1
                    from {{ stored_relation('intermediate', 'int_agent_time_scope') }} as scope
                    where scope.agent_id = stored.agent_id
                        and stored.date_day >= scope.since_date
                )
            {%- endif %}
            {%- endif %}
        )
    {%- endset %}

    drop table if exists {{ changed }};

    create temporary table {{ changed }} as
    select distinct {{ key | join(', ') }}
    from (
        (select {{ columns }} from {{ stored }} as stored_rows
            except all select {{ columns }} from {{ fresh }})
        union all
        (select {{ columns }} from {{ fresh }}
            except all select {{ columns }} from {{ stored }} as stored_rows)
    ) as differing;

    {% for entity, ids in meta.get('links', {}).items() -%}
    {% for id in ids -%}
    insert into {{ change_log() }} (relation_name, entity, entity_id)
    select '{{ target_relation.identifier }}', '{{ entity }}', entity_id
    from (
        select cast({{ id }} as {{ dbt.type_string() }}) as entity_id
        from {{ target_relation }} as rows_before
        where {{ _is_in('rows_before', changed, key) }}
        union
        select cast({{ id }} as {{ dbt.type_string() }}) as entity_id
        from {{ fresh }} as rows_after
        where {{ _is_in('rows_after', changed, key) }}
    ) as linked
    where entity_id is not null;

    {% endfor -%}
    {% endfor -%}
    delete from {{ target_relation }} where {{ _is_in(target_relation, changed, key) }};

    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ fresh }} as fresh_rows
    where {{ _is_in('fresh_rows', changed, key) }};

    drop table {{ changed }};
{%- endmacro %}

{% macro _is_in(alias, keys, key) -%}
    exists (
        select 1 from {{ keys }} as keys
        where {% for column in key -%}
            keys.{{ column }} = {{ alias }}.{{ column }} {{ 'and ' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

