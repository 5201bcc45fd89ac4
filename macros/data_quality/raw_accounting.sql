{# The staging models, by raw table: what staging accepts of a table is what its model holds. A raw
   table that is not here yet is counted by its keys. -#}
{% macro staged_tables() -%}
    {{ return({
        'agent_assignments': 'stg_workforce__agent_assignments',
        'agent_states': 'stg_workforce__agent_states',
        'agents': 'stg_workforce__agents',
        'ai_answer_reviews': 'stg_digital__ai_answer_reviews',
        'bot_conversations': 'stg_digital__bot_conversations',
        'brand_posts': 'stg_social__brand_posts',
        'calls': 'stg_telephony__calls',
        'cancellation_requests': 'stg_crm__cancellation_requests',
        'chat_sessions': 'stg_helpdesk__chat_sessions',
        'customers': 'stg_crm__customers',
        'forecasts': 'stg_planning__forecasts',
        'fx_rates': 'stg_finance__fx_rates',
        'governance_reviews': 'stg_governance__governance_reviews',
        'improvement_actions': 'stg_governance__improvement_actions',
        'messages': 'stg_helpdesk__messages',
        'mystery_calls': 'stg_quality__mystery_calls',
        'operating_costs': 'stg_finance__operating_costs',
        'orders': 'stg_crm__orders',
        'payroll': 'stg_finance__payroll',
        'qa_review_items': 'stg_quality__qa_review_items',
        'qa_reviews': 'stg_quality__qa_reviews',
        'root_causes': 'stg_quality__root_causes',
        'self_service_sessions': 'stg_digital__self_service_sessions',
        'social_mentions': 'stg_social__social_mentions',
        'staffing_intervals': 'stg_planning__staffing_intervals',
        'subscriptions': 'stg_crm__subscriptions',
        'survey_invitations': 'stg_surveys__survey_invitations',
        'survey_responses': 'stg_surveys__survey_responses',
        'teams': 'stg_workforce__teams',
        'text_sentiments': 'stg_speech__text_sentiments',
        'ticket_events': 'stg_helpdesk__ticket_events',
        'tickets': 'stg_helpdesk__tickets',
        'timesheets': 'stg_workforce__timesheets',
        'training_records': 'stg_workforce__training_records',
        'transcript_keywords': 'stg_speech__transcript_keywords',
        'transcripts': 'stg_speech__transcripts',
    }) }}
{%- endmacro %}

{# All raw tables as dicts: node, relation (none when not delivered), columns as found, the instant
   of a row's load as SQL, and whether our load stamped it. Another loader's rows have no loads; the
   day they came on stands in. An empty table is as good as none; columns are asked for where no
   staging model is, or `with_loads`. -#}
{% macro raw_tables(with_loads=false) -%}
    {%- set tables = [] -%}
    {%- if execute -%}
        {%- for node in raw_sources() -%}
            {%- set relation = adapter.get_relation(node.database, node.schema, node.identifier) -%}
            {%- set table = {
                'node': node, 'relation': none, 'is_delivered': relation is not none,
            } -%}
            {%- if relation is not none and has_rows(relation) -%}
                {%- do table.update({'relation': relation}) -%}
                {%- if with_loads or node.name not in staged_tables() -%}
                    {%- set found = raw_columns(node, relation) -%}
                    {%- set arrived = arrived_at(found) -%}
                    {%- do table.update({
                        'found': found,
                        'is_stamped': arrived.is_stamped,
                        'load_at': load_instant(arrived.instant, arrived.is_stamped)
                            if arrived.column is not none else 'cast(null as timestamp)',
                    }) -%}
                {%- endif -%}
            {%- endif -%}
            {%- do tables.append(table) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(tables) }}
{%- endmacro %}

{% macro load_instant(instant, is_stamped) -%}
    {{ return(instant if is_stamped else 'cast(cast(' ~ instant ~ ' as date) as timestamp)') }}
{%- endmacro %}
