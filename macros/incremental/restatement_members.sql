{# What a partial run finds its way through. Per staging model: the entity of its rows, the column
   that names it, the columns that name others (per column the entities, with the condition under
   which it is one), the columns with agents (whose team a row takes), the instants: the row changes
   when as_of passes one of them, and a window with so many hours after it closes. Of those with a
   topic: whether they ask for a human, or look whether somebody did. -#}
{% macro restatement_members() -%}
    {% set surveyed = {
        'call': "interaction_type = 'call'",
        'chat': "interaction_type = 'chat'",
        'message': "interaction_type in ('email', 'message')",
    } -%}
    {% set members = [
        {
            'model': ref('stg_helpdesk__tickets'), 'entity': 'ticket', 'id': 'ticket_id',
            'links': {
                'merged_into_ticket_id': {'ticket': none},
                'followup_of_ticket_id': {'ticket': none},
            },
            'has_topic': true, 'asks': true, 'agents': ['assignee_agent_id'],
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
                'initial_call_id': {'call': none}, 'callback_of_call_id': {'call': none},
                'ticket_id': {'ticket': none},
            },
            'has_topic': true, 'asks': true, 'agents': ['agent_id'],
            'instants': ['started_at', 'enqueued_at', 'answered_at', 'ended_at', 'acw_ended_at'],
            'matures': [0],
        },
        {
            'model': ref('stg_helpdesk__chat_sessions'), 'entity': 'chat', 'id': 'session_id',
            'links': {'ticket_id': {'ticket': none}},
            'has_topic': true, 'asks': true, 'agents': ['agent_id'],
            'instants': ['started_at', 'queued_at', 'first_agent_message_at', 'ended_at'],
            'matures': [0],
        },
        {
            'model': ref('stg_digital__bot_conversations'), 'entity': 'bot_conversation',
            'id': 'bot_conversation_id', 'links': {'ticket_id': {'ticket': none}},
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
            'links': {'ticket_id': {'ticket': none}, 'interaction_id': surveyed},
            'has_topic': false, 'customer': true, 'agents': ['agent_id'],
            'instants': ['sent_at'], 'matures': [0],
        },
        {
            'model': ref('stg_surveys__survey_responses'), 'entity': 'response',
            'id': 'response_id',
            'links': {
                'invitation_id': {'invitation': none}, 'ticket_id': {'ticket': none},
                'interaction_id': surveyed,
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
    {{ return(members) }}
{%- endmacro %}
