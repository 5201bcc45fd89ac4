-- Grain: one row per row that names another, both ways round, entity and id of both; none in a full
-- run.

{# A view: three steps follow the links, and each has them faster than they could be stored. #}
{{ config(materialized='view') }}

{% set members = restatement_members() -%}
{% set messages = ref('stg_helpdesk__messages') -%}
{% set invitations = ref('stg_surveys__survey_invitations') -%}
{% set responses = ref('stg_surveys__survey_responses') -%}
{% set changed = ref('int_changed_rows') -%}

{% if execute and not is_partial_run() -%}
    select
        cast(null as {{ dbt.type_string() }}) as entity,
        cast(null as {{ dbt.type_string() }}) as entity_id,
        cast(null as {{ dbt.type_string() }}) as linked_entity,
        cast(null as {{ dbt.type_string() }}) as linked_id

    where 1 = 0
{% else -%}
with

named_messages as (

    select
        message_id,
        ticket_id

    from {{ messages }}

    where
        ticket_id is not null
        and message_id in (
            select interaction_id from {{ invitations }}
            union
            select interaction_id from {{ responses }}
            union
            select entity_id from {{ changed }} where entity = 'message'
        )

)

{% for member in members -%}
{% for column, entities in member.links.items() -%}
{% for entity, condition in entities.items() -%}
select
    '{{ member.entity }}' as entity,
    {{ member.id }} as entity_id,
    '{{ entity }}' as linked_entity,
    {{ column }} as linked_id

from {{ member.model }}

where
    {{ column }} != {{ member.id }}
    {{ 'and ' ~ condition if condition }}

union all

select
    '{{ entity }}' as entity,
    {{ column }} as entity_id,
    '{{ member.entity }}' as linked_entity,
    {{ member.id }} as linked_id

from {{ member.model }}

where
    {{ column }} != {{ member.id }}
    {{ 'and ' ~ condition if condition }}

union all

{% endfor -%}
{% endfor -%}
{% endfor -%}
-- a survey may be about a message, and a message may get a score
select
    'message' as entity,
    message_id as entity_id,
    'ticket' as linked_entity,
    ticket_id as linked_id

from named_messages

union all

select
    'ticket' as entity,
    ticket_id as entity_id,
    'message' as linked_entity,
    message_id as linked_id

from named_messages
{%- endif %}
