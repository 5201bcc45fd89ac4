-- Grain: one row per local date whose mart rows a partial run has to restate; none in a full run.
-- The last restatement_days, and every older day on which a fact has changed, was provisional, or
-- belongs to a ticket whose attributes changed.

{# facts that marts show by attributes of their ticket, with the dates they are shown at -#}
{% set facts_of_tickets = {
    'fct_reply_turns': ['turn_date', 'replied_date'],
    'fct_ticket_solves': ['solved_date', 'reopened_date'],
    'fct_ticket_assignments': ['replied_date', 'ended_date'],
    'fct_contacts': ['contact_date', 'handled_date'],
    'fct_customer_contacts': ['demanded_date'],
    'fct_touches': ['touched_date'],
    'fct_written_work': ['sent_date'],
} -%}
{# changes of these are known once they are built #}
-- depends_on: {{ ref('fct_survey_answers') }}
-- depends_on: {{ ref('fct_survey_invitations') }}, {{ ref('fct_bot_conversations') }}
-- depends_on: {{ ref('fct_self_service_sessions') }}, {{ ref('fct_agent_day') }}
-- depends_on: {{ ref('fct_backlog_daily') }}
-- depends_on: {{ ref('fct_text_sentiments') }}, {{ ref('fct_transcript_keywords') }}
-- depends_on: {{ ref('fct_social_mentions') }}, {{ ref('fct_brand_posts') }}
{% set tickets = ref('fct_tickets') -%}
{% set dates = ref('dim_date') -%}
{% set facts = {} -%}
{% for fact in facts_of_tickets -%}
    {% do facts.update({fact: ref(fact)}) -%}
{% endfor -%}
{# stored by the last run, no input of this one #}
{% set daily_marts = [
    'mart_service_level_interval', 'mart_responsiveness_daily', 'mart_resolution_daily',
    'mart_customer_experience_daily', 'mart_demand_backlog_daily', 'mart_productivity_daily',
    'mart_voice_of_customer_daily',
] -%}

{% if execute and not is_partial_run() -%}
    select cast(null as date) as date_day

    where 1 = 0
{% else -%}
with

changed as (

    select cast(entity_id as date) as date_day

    from {{ change_log() }}

    where entity = 'date'

),

changed_tickets as (

    select entity_id as ticket_id

    from {{ change_log() }}

    where
        relation_name = 'fct_tickets'
        and entity = 'ticket'

),

recent as (

    select date_day

    from {{ dates }}

    where
        date_day >= {{ add_days(previous_as_of_date(), -var('restatement_days')) }}
        and date_day <= {{ as_of_date() }}

),

final as (

    select date_day from changed

    union distinct

    select date_day from recent

    {% for fact, columns in facts_of_tickets.items() -%}
    {% for column in columns -%}
    union distinct

    select {{ column }} as date_day

    from {{ facts[fact] }}

    where ticket_id in (select ticket_id from changed_tickets)

    {% endfor -%}
    {% endfor -%}
    -- a follow-up stands under its own date, with the attributes of the ticket it follows
    union distinct

    select created_date as date_day

    from {{ tickets }}

    where followup_of_ticket_id in (select ticket_id from changed_tickets)

    {% for mart in daily_marts -%}
    union distinct

    select date_day

    from {{ stored_relation('marts', mart) }}

    where is_provisional

    {% endfor %}
)

select date_day

from final

where date_day is not null
{%- endif %}
