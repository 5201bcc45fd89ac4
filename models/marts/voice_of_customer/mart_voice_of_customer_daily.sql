-- Grain: one row per local date, kind of text, platform, keyword, speaker, topic, product, team,
-- language and version of the sentiment model.

{{ config(
    materialized='incremental',
    unique_key='date_day',
    meta={'scope': {'day': 'date_day'}}
) }}

{# Texts, mentions and posts stand under keyword and speaker none. Keywords have rows of their own:
   per keyword and speaker one for every group of analysed transcripts, said or not, so that over
   whatever rows of one keyword and speaker numerator and denominator add up. A transcript in which
   both say the word is one of speaker any, so any is not the sum of agent and customer. #}
{% set keys = [
    'date_day', 'source_type', 'platform', 'keyword_code', 'speaker', 'topic_code', 'product_code',
    'team_id', 'language', 'model_version',
] %}
{% set sets = {
    'written': [
        'texts', 'scored_texts', 'sentiment_positive', 'sentiment_neutral', 'sentiment_negative',
        'sentiment_score_valid', 'sentiment_score_sum',
    ],
    'posted': [
        'mentions', 'mentions_requiring_reply', 'required_mentions_replied', 'reviews_rated',
        'stars_sum',
    ],
    'replied': ['mentions_replied', 'social_response_seconds'],
    'published': ['brand_posts', 'impressions', 'engagements'],
    'transcribed': ['transcripts', 'transcripts_unanalysed'],
} %}
{% set amounts = ['stars_sum', 'impressions', 'engagements'] %}
{% set exact = ['sentiment_score_sum', 'social_response_seconds'] %}
{% set counted = sets.values() | sum(start=[]) %}
{% set marks = counted | reject('in', amounts + exact) | list %}
{% set searched_for = [
    'transcripts_with_keyword', 'analysed_transcripts', 'keyword_occurrences',
    'keyword_occurrences_in_words', 'analysed_words',
] %}
{% set measures = counted + searched_for %}
{# what names a group of transcripts; a keyword stands for all languages, as for all products -#}
{% set group = ['occurred_date', 'channel', 'topic_code', 'team_id'] %}

with

texts as (

    select * from {{ ref('fct_text_sentiments') }}

    where {{ is_restated_day('text_date') }}

),

mentions as (

    select * from {{ ref('fct_social_mentions') }}

    where is_counted

),

posts as (

    select * from {{ ref('fct_brand_posts') }}

    where {{ is_restated_day('posted_date') }}

),

transcripts as (

    select * from {{ ref('fct_transcripts') }}

    where
        is_valid
        and {{ is_restated_day('occurred_date') }}

),

transcript_keywords as (

    select * from {{ ref('fct_transcript_keywords') }}

    where {{ is_restated_day('occurred_date') }}

),

keyword_codes as (

    select * from {{ ref('dim_keyword') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

sources as (

    select * from {{ ref('dim_source') }}

),

latest_source as (

    select max(data_through_at) as data_through_at

    from sources

),

written as (

    select
        text_date as date_day,
        source_type,
        platform,
        'none' as keyword_code,
        'none' as speaker,
        topic_code,
        product_code,
        team_id,
        language,
        coalesce(model_version, 'none') as model_version,
        1 as texts,
        {{ one_if('is_scored') }} as scored_texts,
        {{ one_if("sentiment_label = 'positive'") }} as sentiment_positive,
        {{ one_if("sentiment_label = 'neutral'") }} as sentiment_neutral,
        {{ one_if("sentiment_label = 'negative'") }} as sentiment_negative,
        {{ one_if('sentiment_score is not null') }} as sentiment_score_valid,
        sentiment_score as sentiment_score_sum

    from texts

),

posted as (

    select
        posted_date as date_day,
        'social_mention' as source_type,
        platform,
        'none' as keyword_code,
        'none' as speaker,
        topic_code,
        product_code,
        team_id,
        language,
        'none' as model_version,
        1 as mentions,
        {{ one_if('requires_reply') }} as mentions_requiring_reply,
        {{ one_if('requires_reply and is_replied') }} as required_mentions_replied,
        {{ one_if("mention_type = 'review' and rating_stars is not null") }} as reviews_rated,
        case when mention_type = 'review' then rating_stars end as stars_sum

    from mentions

    where {{ is_restated_day('posted_date') }}

),

replied as (

    select
        replied_date as date_day,
        'social_mention' as source_type,
        platform,
        'none' as keyword_code,
        'none' as speaker,
        topic_code,
        product_code,
        team_id,
        language,
        'none' as model_version,
        1 as mentions_replied,
        response_seconds as social_response_seconds

    from mentions

    where
        response_seconds is not null
        and {{ is_restated_day('replied_date') }}

),

published as (

    select
        posted_date as date_day,
        'brand_post' as source_type,
        platform,
        'none' as keyword_code,
        'none' as speaker,
        'none' as topic_code,
        'none' as product_code,
        'none' as team_id,
        'none' as language,
        'none' as model_version,
        1 as brand_posts,
        impressions,
        engagements

    from posts

),

transcribed as (

    select
        occurred_date as date_day,
        'transcript' as source_type,
        channel as platform,
        'none' as keyword_code,
        'none' as speaker,
        topic_code,
        product_code,
        team_id,
        language,
        'none' as model_version,
        1 as transcripts,
        {{ one_if('not is_analysed') }} as transcripts_unanalysed

    from transcripts

),

transcript_groups as (

    select
        {{ group | join(',\n        ') }},
        count(*) as analysed_transcripts,
        cast(sum(word_count) as {{ dbt.type_bigint() }}) as analysed_words

    from transcripts

    where is_analysed

    group by
        {{ group | join(',\n        ') }}

),

-- one row per transcript, keyword and speaker, and one for whoever said it
said as (

    select
        transcript_id,
        keyword_code,
        speaker,
        occurrences

    from transcript_keywords

    -- who said it is unknown: with neither of them, but with any
    where speaker != 'unknown'

    union all

    select
        transcript_id,
        keyword_code,
        'any' as speaker,
        sum(occurrences) as occurrences

    from transcript_keywords

    group by
        transcript_id,
        keyword_code

),

keyword_groups as (

    select
        {% for column in group -%}
            transcripts.{{ column }},
        {% endfor -%}
        said.keyword_code,
        said.speaker,
        count(*) as transcripts_with_keyword,
        cast(sum(said.occurrences) as {{ dbt.type_bigint() }}) as keyword_occurrences,
        cast(sum(
            case when transcripts.word_count is not null then said.occurrences end
        ) as {{ dbt.type_bigint() }}) as keyword_occurrences_in_words

    from transcripts

    inner join said
        on transcripts.transcript_id = said.transcript_id

    where transcripts.is_analysed

    group by
        {% for column in group -%}
            transcripts.{{ column }},
        {% endfor -%}
        said.keyword_code,
        said.speaker

),

speakers as (

    select 'any' as speaker
    union all
    select 'agent' as speaker
    union all
    select 'customer' as speaker

),

searched as (

    select
        transcript_groups.occurred_date as date_day,
        'transcript' as source_type,
        transcript_groups.channel as platform,
        keyword_codes.keyword_code,
        speakers.speaker,
        transcript_groups.topic_code,
        'all' as product_code,
        transcript_groups.team_id,
        'all' as language,
        'none' as model_version,
        coalesce(keyword_groups.transcripts_with_keyword, 0) as transcripts_with_keyword,
        transcript_groups.analysed_transcripts,
        coalesce(keyword_groups.keyword_occurrences, 0) as keyword_occurrences,
        coalesce(keyword_groups.keyword_occurrences_in_words, 0) as keyword_occurrences_in_words,
        coalesce(transcript_groups.analysed_words, 0) as analysed_words

    from transcript_groups

    cross join keyword_codes

    cross join speakers

    left join keyword_groups
        on
            {% for column in group -%}
                transcript_groups.{{ column }} = keyword_groups.{{ column }}
                and {% endfor -%}
            keyword_codes.keyword_code = keyword_groups.keyword_code
            and speakers.speaker = keyword_groups.speaker

),

stacked as (
    {{ stack_measures(keys, sets) }}

),

summed as (

    select
        {{ keys | join(',\n        ') }},
        {{ total_columns(marks=marks, counts=amounts, seconds=exact) }}

    from stacked

    group by
        {{ keys | join(',\n        ') }}

),

-- keywords are many rows and already summed: they need no stacking
combined as (

    select
        {{ counted | join(',\n        ') }},
        {% for measure in searched_for -%}
            0 as {{ measure }},
        {% endfor -%}
        {{ keys | join(',\n        ') }}

    from summed

    union all

    select
        {% for measure in counted -%}
            0 as {{ measure }},
        {% endfor -%}
        {{ searched_for | join(',\n        ') }},
        {{ keys | join(',\n        ') }}

    from searched

),

dated as (

    select
        combined.*,
        dates.day_end_at,
        coalesce(sources.data_through_at, latest_source.data_through_at) as source_through_at

    from combined

    inner join dates
        on combined.date_day = dates.date_day

    left join sources
        on
            case combined.source_type
                when 'message' then 'helpdesk'
                when 'survey_comment' then 'surveys'
                when 'transcript' then 'speech'
                else 'social'
            end = sources.source_name

    cross join latest_source

),

final as (

    select
        ---------- keys
        {{ keys | join(',\n        ') }},

        ---------- additive, keywords over everything but keywords and speakers
        {% for measure in measures -%}
            {{ measure }},
        {% endfor %}
        ---------- KPIs
        {{ safe_ratio('sentiment_positive', 'scored_texts') }} as sentiment_positive_share,
        {{ safe_ratio('sentiment_neutral', 'scored_texts') }} as sentiment_neutral_share,
        {{ safe_ratio('sentiment_negative', 'scored_texts') }} as sentiment_negative_share,
        {{ safe_ratio('100 * (sentiment_positive - sentiment_negative)', 'scored_texts') }}
            as net_sentiment_score,
        {{ safe_ratio('sentiment_score_sum', 'sentiment_score_valid') }} as sentiment_mean_score,
        {{ safe_ratio('scored_texts', 'texts') }} as sentiment_coverage_rate,
        mentions as social_mentions_count,
        {{ safe_ratio('required_mentions_replied', 'mentions_requiring_reply') }}
            as social_response_rate,
        {{ safe_ratio('social_response_seconds', 'mentions_replied') }}
            as social_response_mean_seconds,
        {{ safe_ratio('engagements', 'impressions') }} as social_engagement_rate,
        {{ safe_ratio('stars_sum', 'reviews_rated') }} as review_mean_rating,
        {{ safe_ratio('transcripts_with_keyword', 'analysed_transcripts') }}
            as keyword_capture_rate,
        {{ safe_ratio('1000 * keyword_occurrences_in_words', 'analysed_words') }}
            as keyword_per_1000_words,
        {{ safe_ratio('(transcripts - transcripts_unanalysed)', 'transcripts') }}
            as transcript_coverage_rate,

        ---------- flags
        scored_texts
        + mentions
        + mentions_replied
        + impressions
        + transcripts
        + analysed_transcripts
        < {{ var('small_sample_n') }} as is_small_sample,
        source_through_at < day_end_at as is_provisional,

        ---------- timestamps (UTC)
        least(source_through_at, day_end_at) as data_through_at

    from dated

)

select * from final
