-- Grain: one row per text of a customer by as_of, scored or not, and per score of an unknown text.

{{ config(
    materialized='incremental',
    unique_key='text_id',
    meta={
        'scope': {
            'ticket': "case when source_type = 'message' then ticket_id end",
            'condition': "source_type != 'message' or ticket_id is null",
        },
        'links': {
            'date': ['text_date'],
        },
    }
) }}

{# Messages are many and follow their tickets; all other texts are few and are looked at anew. #}
{% set known_texts = {
    'message': [ref('stg_helpdesk__messages'), 'message_id'],
    'transcript': [ref('stg_speech__transcripts'), 'transcript_id'],
    'survey_comment': [ref('stg_surveys__survey_responses'), 'response_id'],
    'social_mention': [ref('stg_social__social_mentions'), 'mention_id'],
} %}

with

scores as (

    select * from {{ ref('int_text_scores') }}

),

messages as (

    select * from {{ ref('int_ticket_messages') }}

    where is_customer

),

tickets as (

    select * from {{ ref('fct_tickets') }}

    where is_valid

),

transcripts as (

    select * from {{ ref('fct_transcripts') }}

    where is_valid

),

-- what employees say of their employer is another matter, and must not be found here (G13)
survey_comments as (

    select * from {{ ref('fct_survey_answers') }}

    where
        audience = 'customer'
        and is_counted_comment
        and not is_on_excluded_ticket

),

mentions as (

    select * from {{ ref('fct_social_mentions') }}

    where is_counted

),

delivered_texts as (

    {% for source_type, (relation, key) in known_texts.items() -%}
        select
            '{{ source_type }}' as source_type,
            {{ key }} as source_id

        from {{ relation }}

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

-- scores whose text was never delivered still are what customers say (E35)
orphans as (

    select scores.*

    from scores

    left join delivered_texts
        on
            scores.source_type = delivered_texts.source_type
            and scores.source_id = delivered_texts.source_id

    where
        delivered_texts.source_id is null
        and scores.source_type in ('{{ known_texts | join("', '") }}')
        and scores.scored_at is not null

),

texts as (

    select
        'message' as source_type,
        messages.message_id as source_id,
        messages.ticket_id,
        tickets.team_id,
        messages.channel as platform,
        tickets.topic_code,
        tickets.product_code,
        tickets.language,
        messages.sent_at as text_at

    from messages

    inner join tickets
        on messages.ticket_id = tickets.ticket_id

    union all

    select
        'transcript' as source_type,
        transcript_id as source_id,
        ticket_id,
        team_id,
        channel as platform,
        topic_code,
        product_code,
        language,
        occurred_at as text_at

    from transcripts

    union all

    select
        'survey_comment' as source_type,
        response_id as source_id,
        ticket_id,
        team_id,
        ticket_channel as platform,
        topic_code,
        product_code,
        language,
        answered_at as text_at

    from survey_comments

    union all

    select
        'social_mention' as source_type,
        mention_id as source_id,
        ticket_id,
        team_id,
        platform,
        topic_code,
        product_code,
        language,
        posted_at as text_at

    from mentions

    union all

    select
        source_type,
        source_id,
        null as ticket_id,
        'unknown' as team_id,
        'unknown' as platform,
        'unknown' as topic_code,
        'unknown' as product_code,
        'unknown' as language,
        scored_at as text_at

    from orphans

),

channels as (

    select * from {{ ref('dim_channel') }}

),

final as (

    select
        ---------- ids
        texts.source_type || ':' || texts.source_id as text_id,
        texts.source_id,
        texts.ticket_id,
        texts.team_id,

        ---------- strings
        texts.source_type,
        case
            when texts.source_type = 'social_mention' then texts.platform
            else coalesce(channels.channel, 'unknown')
        end as platform,
        texts.topic_code,
        coalesce(texts.product_code, 'unknown') as product_code,
        coalesce(texts.language, 'unknown') as language,
        scores.model_version,
        scores.sentiment_label,

        ---------- numerics
        scores.sentiment_score,

        ---------- booleans
        scores.sentiment_label is not null as is_scored,

        ---------- dates
        {{ local_date('texts.text_at') }} as text_date,

        ---------- timestamps (UTC)
        texts.text_at,
        scores.scored_at

    from texts

    left join scores
        on
            texts.source_type = scores.source_type
            and texts.source_id = scores.source_id

    left join channels
        on texts.platform = channels.channel

)

select * from final
