-- Grain: one row per entity and id that a partial run restates; none in a full run.
-- What is affected, what the same customers asked or looked up on the same topics at about that
-- time, and all that is linked with it.

{% set rows = ref('int_affected_rows') -%}
{% set links = ref('int_row_links') -%}
{% set with_topic = restatement_members() | selectattr('has_topic') | list -%}
{% set asking = with_topic | selectattr('asks', 'defined') | list -%}
{% set folded_customers = ref('int_customers_folded') -%}

{% if execute and not is_partial_run() -%}
    select
        cast(null as {{ dbt.type_string() }}) as entity,
        cast(null as {{ dbt.type_string() }}) as entity_id

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

{{ neighbouring_rows('near', rows, of=asking, near=with_topic) }},

{{ linked_rows('restated', 'near', links) }}

select
    entity,
    entity_id

from restated
{%- endif %}
