-- Grain: one row per raw table and local date, of the days that volumes are checked by.
-- Only days that have ended, and rows of no more days than the check needs: a run does not read the
-- long past for it.
{# the instant by which a row belongs to a day; tables whose rows come as things happen -#}
{% set instants = {
    ('helpdesk', 'tickets'): 'created_at',
    ('helpdesk', 'ticket_events'): 'event_at',
    ('helpdesk', 'messages'): 'sent_at',
    ('helpdesk', 'chat_sessions'): 'started_at',
    ('telephony', 'calls'): 'started_at',
    ('surveys', 'survey_invitations'): 'sent_at',
    ('surveys', 'survey_responses'): 'answered_at',
    ('workforce', 'agent_states'): 'started_at',
    ('digital', 'self_service_sessions'): 'started_at',
    ('digital', 'bot_conversations'): 'started_at',
} -%}
{# waves of surveys go out when somebody sends them: those about a contact come as it happens -#}
{% set conditions = {
    'survey_invitations': 'coalesce(ticket_id, interaction_id) is not null',
    'survey_responses': 'coalesce(ticket_id, interaction_id) is not null',
} -%}
{% set days = 7 * var('volume_check_weeks') + var('volume_check_days') -%}
with

{% for (source_name, table_name), instant in instants.items() -%}
    {{ source_name }}_{{ table_name }} as (

        select
            '{{ source_name }}' as source_name,
            '{{ table_name }}' as table_name,
            {{ local_date(instant) }} as date_day,
            count(*) as row_count

        from {{ ref('stg_' ~ source_name ~ '__' ~ table_name) }}

        where
            {{ instant }} >= {{ utc_from_local(add_days(local_date(as_of()), -days)) }}
            and {{ instant }} < {{ utc_from_local(local_date(as_of())) }}
            {{ 'and ' ~ conditions[table_name] if table_name in conditions }}

        group by {{ local_date(instant) }}

    ),

{% endfor -%}
final as (

    {% for source_name, table_name in instants -%}
        select
            source_name,
            table_name,
            row_count,
            date_day

        from {{ source_name }}_{{ table_name }}

        {{ 'union all' if not loop.last }}

    {% endfor %}
)

select * from final
