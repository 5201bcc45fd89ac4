-- Grain: one row per entity and id that a partial run has to restate; none in a full run.
-- Begins with what has changed since the last complete run and goes on to everything whose figures
-- hang on it: merged and follow-up tickets, calls and their legs, surveys, and what the same
-- customer asked on the same topic. Models that read staging keep to these ids, so that each of
-- them sees all that its rows need, and no row of theirs is half a story.

{# Per staging model: the entity of its rows, the column that names it, the columns that name
   others, the columns with agents (whose team a row takes), and the instants, with the hours after
   each at which time alone changes the row: 0 when as_of passes it, more when a window closes. -#}
{% set message_or_leg = ['call', 'chat', 'message'] -%}
{% set members = [
    {
        'model': ref('stg_helpdesk__tickets'), 'entity': 'ticket', 'id': 'ticket_id',
        'links': {'merged_into_ticket_id': ['ticket'], 'followup_of_ticket_id': ['ticket']},
        'has_topic': true, 'agents': ['assignee_agent_id'],
        'instants': ['created_at', 'solved_at', 'closed_at', 'deleted_at'], 'matures': [0],
    },
    {
        'model': ref('stg_helpdesk__ticket_events'), 'entity': 'ticket', 'id': 'ticket_id',
        'links': {}, 'has_topic': false, 'agents': ['actor_id', 'old_value', 'new_value'],
        'instants': ['event_at'], 'matures': [0],
    },
    {
        'model': ref('stg_helpdesk__messages'), 'entity': 'ticket', 'id': 'ticket_id',
        'links': {}, 'has_topic': false, 'agents': ['author_id'],
        'instants': ['sent_at'], 'matures': [0],
    },
    {
        'model': ref('stg_telephony__calls'), 'entity': 'call', 'id': 'call_id',
        'links': {
            'initial_call_id': ['call'], 'callback_of_call_id': ['call'], 'ticket_id': ['ticket'],
        },
        'has_topic': true, 'agents': ['agent_id'],
        'instants': ['started_at', 'enqueued_at', 'answered_at', 'ended_at', 'acw_ended_at'],
        'matures': [0],
    },
    {
        'model': ref('stg_helpdesk__chat_sessions'), 'entity': 'chat', 'id': 'session_id',
        'links': {'ticket_id': ['ticket']},
        'has_topic': true, 'agents': ['agent_id'],
        'instants': ['started_at', 'queued_at', 'first_agent_message_at', 'ended_at'],
        'matures': [0],
    },
    {
        'model': ref('stg_digital__bot_conversations'), 'entity': 'bot_conversation',
        'id': 'bot_conversation_id', 'links': {'ticket_id': ['ticket']},
        'has_topic': true, 'agents': [],
        'instants': [
            'started_at', 'first_bot_answer_at', 'last_bot_answer_at', 'handoff_requested_at',
            'handed_off_at', 'ended_at',
        ],
        'matures': [0, var('bot_silence_hours')],
    },
    {
        'model': ref('stg_digital__self_service_sessions'), 'entity': 'self_service_session',
        'id': 'session_id', 'links': {},
        'has_topic': true, 'agents': [],
        'instants': ['started_at', 'ended_at'], 'matures': [0, var('selfcare_followup_hours')],
    },
    {
        'model': ref('stg_surveys__survey_invitations'), 'entity': 'invitation',
        'id': 'invitation_id',
        'links': {'ticket_id': ['ticket'], 'interaction_id': message_or_leg},
        'has_topic': false, 'customer': true, 'agents': ['agent_id'],
        'instants': ['sent_at'], 'matures': [0, 24 * var('survey_max_age_days')],
    },
    {
        'model': ref('stg_surveys__survey_responses'), 'entity': 'response', 'id': 'response_id',
        'links': {
            'invitation_id': ['invitation'], 'ticket_id': ['ticket'],
            'interaction_id': message_or_leg,
        },
        'has_topic': false, 'customer': true, 'agents': ['agent_id'],
        'instants': ['answered_at'], 'matures': [0],
    },
    {
        'model': ref('stg_speech__text_sentiments'), 'entity': 'message',
        'id': "case when source_type = 'message' then source_id end",
        'links': {}, 'has_topic': false, 'agents': [],
        'instants': ['scored_at'], 'matures': [0],
    },
] -%}
{% set customers = ref('stg_crm__customers') -%}
{% set folded_customers = ref('int_customers_folded') -%}
{% set topics = ref('cfg_topics') -%}
{# changes of teams are known once this is built #}
-- depends_on: {{ ref('int_agent_teams') }}

{# what the last run stored, no input of this one #}
{% set stored_tickets = stored_relation('core', 'fct_tickets') -%}

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

    where entity not in ('row', 'date', 'agent_since')

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

surviving_customers as (

    select
        customer_id,
        surviving_customer_id

    from {{ folded_customers }}

    where surviving_customer_id != customer_id

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
    {% set named = dict(member.links, **{member.id: [member.entity]}) -%}
    {% set is_last_member = loop.last -%}
    {% for column, entities in named.items() -%}
    {% set is_last_column = loop.last -%}
    {% for entity in entities -%}
    select
        '{{ entity }}' as entity,
        {{ column }} as entity_id

    from {{ member.model }}

    where
        {% for instant in member.instants -%}
        {{ 'or ' if not loop.first }}{{ instant }} >= (
            select {{ dbt.dateadd('day', -1, 'first_changed_date.date_day') }}
            from first_changed_date
        )
        {% endfor %}

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

-- materialised, or each step of the recursion would put all links together again
links as materialized (

    {% for member in members -%}
    {% for column, entities in member.links.items() -%}
    {% for entity in entities -%}
    select
        '{{ member.entity }}' as entity,
        {{ member.id }} as entity_id,
        '{{ entity }}' as linked_entity,
        {{ column }} as linked_id

    from {{ member.model }}

    where {{ column }} is not null

    union all

    select
        '{{ entity }}' as entity,
        {{ column }} as entity_id,
        '{{ member.entity }}' as linked_entity,
        {{ member.id }} as linked_id

    from {{ member.model }}

    where {{ column }} is not null

    union all

    {% endfor -%}
    {% endfor -%}
    {% if member.has_topic -%}
    {% for customer, join in {
        'rows_of.customer_id': '',
        'folded.surviving_customer_id':
            'inner join surviving_customers as folded on rows_of.customer_id = folded.customer_id',
    }.items() -%}
    select
        '{{ member.entity }}' as entity,
        rows_of.{{ member.id }} as entity_id,
        'customer_topic' as linked_entity,
        rows_of.topic_code || '|' || {{ customer }} as linked_id

    from {{ member.model }} as rows_of

    {{ join }}

    where rows_of.topic_code || '|' || {{ customer }} is not null

    union all

    select
        'customer_topic' as entity,
        rows_of.topic_code || '|' || {{ customer }} as entity_id,
        '{{ member.entity }}' as linked_entity,
        rows_of.{{ member.id }} as linked_id

    from {{ member.model }} as rows_of

    {{ join }}

    where rows_of.topic_code || '|' || {{ customer }} is not null

    union all

    {% endfor -%}
    {% endif -%}
    {% endfor -%}
    select
        'message' as entity,
        message_id as entity_id,
        'ticket' as linked_entity,
        ticket_id as linked_id

    from {{ members[2].model }}

    where ticket_id is not null

    union all

    select
        'ticket' as entity,
        ticket_id as entity_id,
        'message' as linked_entity,
        message_id as linked_id

    from {{ members[2].model }}

    where
        message_id in (
            select interaction_id from {{ members[7].model }}
            union all
            select interaction_id from {{ members[8].model }}
        )

),

first_affected as (

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

    -- windows that open with the first contact or the first solve, as far as the last run knew them
    union

    select
        'ticket' as entity,
        ticket_id as entity_id

    from {{ stored_tickets }}

    where
        {{ has_passed('first_contact_at', 24) }}
        or {{ has_passed('business_day_ends_at', 0) }}
        or {{ has_passed('first_solved_at', 24 * var('fcr_repeat_window_days')) }}
        or {{ has_passed('first_solved_at', 24 * var('reopen_window_days')) }}

    -- the survivor of a customer whose contacts went elsewhere
    union

    select
        'customer_topic' as entity,
        topics.topic_code || '|' || surviving_customers.surviving_customer_id as entity_id

    from changes

    inner join {{ topics }} as topics
        on changes.entity_id like topics.topic_code || '|%'

    inner join surviving_customers
        on changes.entity_id = topics.topic_code || '|' || surviving_customers.customer_id

    where changes.entity = 'customer_topic'

),

affected as (

    select
        entity,
        entity_id

    from first_affected

    where entity_id is not null

    union

    select
        links.linked_entity,
        links.linked_id

    from affected

    inner join links
        on
            affected.entity = links.entity
            and affected.entity_id = links.entity_id

)

select
    entity,
    entity_id

from affected

where entity_id is not null
{%- endif %}
