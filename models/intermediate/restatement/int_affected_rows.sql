-- Grain: one row per entity and id that has changed, or is linked with one that has in any number
-- of steps; none in a full run.
{% set changed = ref('int_changed_rows') -%}
{% set links = ref('int_row_links') -%}

{% if execute and not is_partial_run() -%}
    select
        cast(null as {{ dbt.type_string() }}) as entity,
        cast(null as {{ dbt.type_string() }}) as entity_id

    where 1 = 0
{% else -%}
with recursive

{{ linked_rows('affected', changed, links) }}

select
    entity,
    entity_id

from affected
{%- endif %}
