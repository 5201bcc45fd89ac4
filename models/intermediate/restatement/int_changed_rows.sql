-- Grain: one row per entity and id that is not what it was in the last complete run; none in a full
-- run. Something about it was delivered, the clock passed one of its instants, or its customer, its
-- team or the team of an agent of it is another.

{% set members = restatement_members() -%}
{% set customers = ref('stg_crm__customers') -%}
{# changes of teams are known once this is built #}
-- depends_on: {{ ref('int_agent_teams') }}

{% if execute and not is_partial_run() -%}
    select
        cast(null as {{ dbt.type_string() }}) as entity,
        cast(null as {{ dbt.type_string() }}) as entity_id

    where 1 = 0
{% else -%}
with recursive

changes as (

    select distinct
        entity,
        entity_id

    from {{ change_log() }}

    where entity not in ('row', 'date', 'agent_since', 'customer_months', 'backlog_since')

),

-- a customer, and all that are merged with it, whatever the chain was or is
merges as (

    select
        customer_id,
        merged_into_customer_id as other_customer_id

    from {{ customers }}

    where merged_into_customer_id is not null

    union all

    select
        merged_into_customer_id as customer_id,
        customer_id as other_customer_id

    from {{ customers }}

    where merged_into_customer_id is not null

),

changed_customers as (

    select entity_id as customer_id

    from changes

    where entity = 'customer'

    union

    select merges.other_customer_id

    from changed_customers

    inner join merges
        on changed_customers.customer_id = merges.customer_id

),

-- whose team has changed; the date comes first in the id
changed_agents as (

    select distinct {{ agent_since_agent('entity_id') }} as agent_id

    from changes

    where entity = 'agent_team_since'

),

first_changed_date as (

    select min({{ agent_since_date('entity_id') }}) as date_day

    from changes

    where entity = 'agent_team_since'

),

-- what has to do with these agents …
rows_of_changed_agents as (

    {% for member in members if member.agents -%}
    select
        '{{ member.entity }}' as entity,
        {{ member.id }} as entity_id

    from {{ member.model }}

    where
        {% for agent in member.agents -%}
        {{ 'or ' if not loop.first }}{{ agent }} in (select agent_id from changed_agents)
        {% endfor %}

    {{ 'union all' if not loop.last }}

    {% endfor -%}
),

-- … and went on when the team was another: itself, or something linked to it
rows_since_first_change as (

    {% for member in members -%}
    {% set named = dict(member.links, **{member.id: {member.entity: none}}) -%}
    {% set is_last_member = loop.last -%}
    {% for column, entities in named.items() -%}
    {% set is_last_column = loop.last -%}
    {% for entity, condition in entities.items() -%}
    select
        '{{ entity }}' as entity,
        {{ column }} as entity_id

    from {{ member.model }}

    where
        {{ condition ~ ' and ' if condition }}(
        {% for instant in member.instants -%}
        {{ 'or ' if not loop.first }}{{ instant }} >= (
            select {{ dbt.dateadd('day', -1, 'first_changed_date.date_day') }}
            from first_changed_date
        )
        {% endfor %}
        )

    {{ 'union all' if not (is_last_member and is_last_column and loop.last) }}

    {% endfor -%}
    {% endfor -%}
    {% endfor -%}
),

-- a team is in everything
changed_teams as (

    select entity_id as team_id

    from changes

    where entity = 'team'

),

final as (

    select
        entity,
        entity_id

    from changes

    {% for member in members -%}
    union

    select
        '{{ member.entity }}' as entity,
        {{ member.id }} as entity_id

    from {{ member.model }}

    where
        exists (select 1 from changed_teams)
        {% for instant in member.instants -%}
        {% for hours in member.matures -%}
        or {{ has_passed(instant, hours) }}
        {% endfor -%}
        {% endfor -%}
        {% if member.has_topic or member.customer -%}
        or customer_id in (select customer_id from changed_customers)
        {% endif %}

    {% endfor -%}
    union

    select
        rows_of_changed_agents.entity,
        rows_of_changed_agents.entity_id

    from rows_of_changed_agents

    inner join rows_since_first_change
        on
            rows_of_changed_agents.entity = rows_since_first_change.entity
            and rows_of_changed_agents.entity_id = rows_since_first_change.entity_id

)

select
    entity,
    entity_id

from final

where entity_id is not null
{%- endif %}
