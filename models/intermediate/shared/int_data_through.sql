-- Grain: one row per source with any data.
{# The instants that say how far a source was delivered. Money and hours come by period: they reach
   to the end of the last one. -#}
{% set instants = {
    'helpdesk': [
        ('stg_helpdesk__tickets', 'created_at'),
        ('stg_helpdesk__tickets', 'updated_at'),
        ('stg_helpdesk__ticket_events', 'event_at'),
        ('stg_helpdesk__messages', 'sent_at'),
        ('stg_helpdesk__chat_sessions', 'started_at'),
    ],
    'telephony': [('stg_telephony__calls', 'started_at')],
    'surveys': [
        ('stg_surveys__survey_invitations', 'sent_at'),
        ('stg_surveys__survey_responses', 'answered_at'),
    ],
    'speech': [
        ('stg_speech__transcripts', 'occurred_at'),
        ('stg_speech__text_sentiments', 'scored_at'),
    ],
    'social': [
        ('stg_social__social_mentions', 'posted_at'),
        ('stg_social__social_mentions', 'replied_at'),
        ('stg_social__brand_posts', 'posted_at'),
    ],
    'quality': [
        ('stg_quality__qa_reviews', 'reviewed_at'),
        ('stg_quality__root_causes', 'analysed_at'),
        ('stg_quality__mystery_calls', 'call_at'),
    ],
    'digital': [
        ('stg_digital__self_service_sessions', 'started_at'),
        ('stg_digital__bot_conversations', 'started_at'),
        ('stg_digital__ai_answer_reviews', 'reviewed_at'),
    ],
    'crm': [
        ('stg_crm__customers', 'acquired_at'),
        ('stg_crm__subscriptions', 'started_at'),
        ('stg_crm__subscriptions', 'ended_at'),
        ('stg_crm__orders', 'ordered_at'),
        ('stg_crm__cancellation_requests', 'requested_at'),
        ('stg_crm__cancellation_requests', 'outcome_at'),
    ],
    'workforce': [('stg_workforce__agent_states', 'started_at')],
    'finance': [
        ('stg_finance__payroll', utc_from_local(add_days('pay_period_end', 1))),
        ('stg_finance__operating_costs', utc_from_local(dbt.dateadd('month', 1, 'cost_month'))),
    ],
} %}
{% set parts = [] %}

with

{% for source_name, columns in instants.items() -%}
    {% for model, instant in columns -%}
        {{ source_name }}_{{ loop.index }} as (

            select
                '{{ source_name }}' as source_name,
                max({{ instant }}) as data_through_at

            from {{ ref(model) }}

            -- what is dated later did not happen yet (Q09)
            where {{ instant }} <= {{ as_of() }}

        ),

        {% do parts.append(source_name ~ '_' ~ loop.index) -%}
    {% endfor -%}
{% endfor -%}
latest as (

    {% for part in parts -%}
        select * from {{ part }}

        {{ 'union all' if not loop.last }}

    {% endfor %}

),

final as (

    select
        source_name,
        max(data_through_at) as data_through_at

    from latest

    where data_through_at is not null

    group by source_name

)

select * from final
