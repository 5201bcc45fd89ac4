-- Grain: one row per raw table and key whose rows this run has to judge; none in a full run.
-- Keys of newly arrived rows, and keys with a finding that something else may cure: a reference
-- that has become known, an instant that as_of has passed. What was right stays right, for keys
-- never vanish without a full run; but with the first rows of a table the references to it can be
-- judged at all, and an earlier first load makes other rows late.
{#- one run's work, as all scopes: with the intermediate models -#}
{{ config(schema='intermediate') }}

{% set curable = [
    'adjustment_unknown', 'after_as_of', 'customer_merge_missing', 'merge_missing', 'orphan_call',
    'orphan_invitation', 'orphan_reference', 'orphan_ticket', 'unknown_agent', 'unknown_customer',
    'unknown_team',
] -%}

{% if not execute or not is_partial_run() -%}
    select
        cast(null as {{ dbt.type_string() }}) as raw_table,
        cast(null as {{ dbt.type_string() }}) as row_key

    where 1 = 0
{% else -%}
with

unioned as (

    {% for table in dq_tables_in_scope() -%}
    select
        '{{ table.node.name }}' as raw_table,
        {{ raw_row_key(table.node, table.found) }} as row_key

    from {{ table.relation }}

    where
        {{ has_raw_key(table.node, table.found) }}
        {% if not table.is_judged_anew -%}
        and {{ has_newly_arrived(table.found) }}
        {%- endif %}

    union all

    {% endfor -%}
    {% for source_name in raw_sources() | map(attribute='source_name') | unique | sort -%}
    select
        raw_table,
        row_key

    from {{ stored_relation('data_quality', 'dq_' ~ source_name) }}

    where reason_code in ('{{ curable | join("', '") }}')

    {{ 'union all' if not loop.last }}

    {% endfor -%}

),

final as (

    select distinct
        raw_table,
        row_key

    from unioned

)

select * from final
{%- endif %}
