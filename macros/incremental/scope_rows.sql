{# Steps of int_restatement_scope: from rows, given as (entity, entity_id), to more of them. #}

{# CTE {name}: the rows of {start} and everything that is linked with them, in any number of
   steps. -#}
{% macro linked_rows(name, start, links) -%}
-- materialised, or each step of the recursion would put all links together again
{{ name }}_links as materialized (

    select * from {{ links }}

),

{{ name }} as (

    select
        entity,
        entity_id

    from {{ start }}

    where entity_id is not null

    union

    select
        links.linked_entity,
        links.linked_id

    from {{ name }}

    inner join {{ name }}_links as links
        on
            {{ name }}.entity = links.entity
            and {{ name }}.entity_id = links.entity_id

)
{%- endmacro %}

{# CTE {name}: the rows of {rows}, and of the members {near} those of the same customers and topics
   that lie before or after one of them (of the members {of}) by the longest window that a figure
   looks through, or less; and some farther ones: time is cut into stretches of that length, and the
   stretches beside count. Reads CTE `surviving_customers`. -#}
{% macro neighbouring_rows(name, rows, of, near) -%}
{%- set window_days = [
    var('fcr_repeat_window_days'),
    var('selfcare_followup_hours') / 24,
    var('bot_silence_hours') / 24,
] | max -%}
{% for member in of -%}
{{ name }}_of_{{ member.entity }} as (

    select
        rows_of.{{ member.id }} as entity_id,
        coalesce(folded.surviving_customer_id, rows_of.customer_id) as customer_id,
        rows_of.topic_code,
        {% for instant in member.instants -%}
        rows_of.{{ instant }}{{ ',' if not loop.last }}
        {% endfor %}

    from {{ member.model }} as rows_of

    left join surviving_customers as folded
        on rows_of.customer_id = folded.customer_id

    where
        rows_of.{{ member.id }} in (
            select entity_id from {{ rows }} where entity = '{{ member.entity }}'
        )

),

{% endfor -%}
-- as they are delivered now, and as the last run knew them
{{ name }}_stretches as (

    {% for member in of -%}
    {% for instant in member.instants -%}
    select
        customer_id,
        topic_code,
        {{ _stretch(instant, window_days) }} as stretch

    from {{ name }}_of_{{ member.entity }}

    union

    {% endfor -%}
    {% endfor -%}
    {% for instant in ['created_at', 'first_solved_at'] -%}
    select
        customer_id,
        topic_code,
        {{ _stretch(instant, window_days) }} as stretch

    from {{ stored_relation('core', 'fct_tickets') }}

    where ticket_id in (select entity_id from {{ rows }} where entity = 'ticket')

    union

    {% endfor -%}
    -- a solve of a ticket that has changed is in its events alone
    select
        tickets.customer_id,
        tickets.topic_code,
        {{ _stretch('events.event_at', window_days) }} as stretch

    from {{ ref('stg_helpdesk__ticket_events') }} as events

    inner join {{ name }}_of_ticket as tickets
        on events.ticket_id = tickets.entity_id

    union

    select
        customer_id,
        topic_code,
        {{ _stretch('contact_at', window_days) }} as stretch

    from {{ stored_relation('core', 'fct_contacts') }}

    where
        contact_type in ('call', 'chat')
        and contact_id in (select entity || ':' || entity_id from {{ rows }})

),

{{ name }}_around as (

    {% for step in [-1, 0, 1] -%}
    select
        customer_id,
        topic_code,
        stretch + {{ step }} as stretch

    from {{ name }}_stretches

    {{ 'union' if not loop.last }}

    {% endfor -%}
),

{% for member in near -%}
{{ name }}_near_{{ member.entity }} as (

    select
        rows_of.{{ member.id }} as entity_id,
        coalesce(folded.surviving_customer_id, rows_of.customer_id) as customer_id,
        rows_of.topic_code,
        {% for instant in member.instants -%}
        rows_of.{{ instant }}{{ ',' if not loop.last }}
        {% endfor %}

    from {{ member.model }} as rows_of

    left join surviving_customers as folded
        on rows_of.customer_id = folded.customer_id

    where
        coalesce(folded.surviving_customer_id, rows_of.customer_id) in (
            select customer_id from {{ name }}_stretches
        )

),

{% endfor -%}
{{ name }} as (

    select
        entity,
        entity_id

    from {{ rows }}

    {% for member in near -%}
    {% for instant in member.instants -%}
    union

    select
        '{{ member.entity }}' as entity,
        entity_id

    from {{ name }}_near_{{ member.entity }}

    where
        (customer_id, topic_code, {{ _stretch(instant, window_days) }}) in (
            select
                customer_id,
                topic_code,
                stretch
            from {{ name }}_around
        )

    {% endfor -%}
    {% endfor -%}
    union

    select
        'ticket' as entity,
        ticket_id as entity_id

    from {{ stored_relation('core', 'fct_tickets') }}

    where
        (customer_id, topic_code, {{ _stretch('first_solved_at', window_days) }}) in (
            select
                customer_id,
                topic_code,
                stretch
            from {{ name }}_around
        )

)
{%- endmacro %}

{# Which stretch of {window_days} since 1970 an instant lies in. -#}
{% macro _stretch(instant, window_days) -%}
    cast(floor(
        {{ elapsed_seconds("cast('1970-01-01' as timestamp)", instant) }}
        / {{ window_days * 86400 }}
    ) as {{ dbt.type_bigint() }})
{%- endmacro %}
