-- Grain: one row per entity and id that a partial run has to restate or read; none in a full run.
-- Rows that are restated need others beside them, which are read and stay as they are: what the
-- same customers asked on the same topics at about that time. Models that read staging keep to
-- these ids, so that each of them sees all that its rows need, and no row that is restated is half
-- a story.

{% set rows = ref('int_restated_rows') -%}
{% set links = ref('int_row_links') -%}
{% set with_topic = restatement_members() | selectattr('has_topic') | list -%}
{% set asking = with_topic | selectattr('asks', 'defined') | list -%}
{% set folded_customers = ref('int_customers_folded') -%}

{% if execute and not is_partial_run() -%}
    select
        cast(null as {{ dbt.type_string() }}) as entity,
        cast(null as {{ dbt.type_string() }}) as entity_id,
        cast(null as boolean) as is_restated

    where 1 = 0
{% else -%}
with recursive

surviving_customers as (

    select
        customer_id,
        surviving_customer_id

    from {{ folded_customers }}

    where surviving_customer_id != customer_id

),

{{ neighbouring_rows('near', rows, of=with_topic, near=asking) }},

{{ linked_rows('read_rows', 'near', links) }}

select
    read_rows.entity,
    read_rows.entity_id,
    restated_rows.entity_id is not null as is_restated

from read_rows

left join {{ rows }} as restated_rows
    on
        read_rows.entity = restated_rows.entity
        and read_rows.entity_id = restated_rows.entity_id
{%- endif %}
