-- Grain: one row per transcript without delivered counts, keyword and speaker who says it.
-- Searches the words of transcripts for the labels and forms of cfg_keywords.

{{ config(
    materialized='incremental',
    unique_key=['transcript_id', 'keyword_code', 'speaker'],
    meta={'scope': {'transcript': 'transcript_id'}}
) }}

{# a line that begins with one of these names its speaker; the mark stands for it -#}
{% set speaker_marks = {
    '<': ['agent', 'advisor', 'adviser', 'representative', 'conseiller', 'conseillere',
          'teleconseiller', 'teleconseillere', 'operateur', 'operatrice'],
    '>': ['customer', 'client', 'cliente', 'caller', 'appelant', 'appelante'],
    '|': ['bot', 'chatbot', 'system', 'systeme', 'ivr', 'svi'],
} -%}
{% set form_columns = {'fr': ['label_fr', 'forms_fr'], 'en': ['label_en', 'forms_en']} -%}
{% set languages = {'fr': ['fr'], 'en': ['en'], 'other': ['fr', 'en']} -%}
{% set max_forms = 40 -%}
{% set marks = namespace(text=replace_pattern('plain_text', '[<>|]', ' ')) -%}
{% for mark, names in speaker_marks.items() -%}
    {% set pattern = '(^|\\n)[^a-z\\n]*(' ~ names | join('|') ~ ')[^a-z\\n:]*:' -%}
    {% set marks.text = replace_pattern(marks.text, pattern, mark) -%}
{% endfor -%}

with

keyword_forms as (

    select * from {{ ref('cfg_keywords') }}

),

counted as (

    select distinct transcript_id

    from {{ ref('stg_speech__transcript_keywords') }}

    where {{ is_restated('transcript', 'transcript_id') }}

),

texts as (

    select
        transcript_id,
        language,
        {{ plain_text('transcript_text') }} as plain_text

    from {{ ref('stg_speech__transcripts') }}

    where
        transcript_text is not null
        and {{ is_restated('transcript', 'transcript_id') }}
        and transcript_id not in (select counted.transcript_id from counted)

),

-- <, > and | stand where a line says who speaks from there on
marked_texts as (

    select
        transcript_id,
        case
            when language like 'fr%' then 'fr'
            when language like 'en%' then 'en'
            else 'other'
        end as text_language,
        {{ marks.text }} as marked_text

    from texts

),

marked as (

    select
        *,
        {{ replace_pattern('marked_text', '[<>|]', '') }} != marked_text as has_speakers

    from marked_texts

),

-- what each of them says: without what the others say, and what stands before the first speaker
spoken as (

    {% for speaker, others in {'agent': '[>|]', 'customer': '[<|]'}.items() -%}
        {% set said = replace_pattern('marked_text', '^[^<>|]+', '') -%}
        {% set said = replace_pattern(said, others ~ '[^<>|]*', ' ') -%}
        select
            transcript_id,
            text_language,
            '{{ speaker }}' as speaker,
            {{ spaced_words(said) }} as spaced_text

        from marked

        where has_speakers

        union all

    {% endfor -%}
    select
        transcript_id,
        text_language,
        'unknown' as speaker,
        {{ spaced_words('marked_text') }} as spaced_text

    from marked

    where not has_speakers

),

numbers as (

    {{ dbt_utils.generate_series(max_forms) }}

),

-- the label and the forms of a keyword, the bar between them
listed_forms as (

    {% for language, (label, other_forms) in form_columns.items() -%}
        select
            keyword_code,
            '{{ language }}' as form_language,
            {{ label }} || coalesce('|' || {{ other_forms }}, '') as form_list

        from keyword_forms

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

forms as (

    select
        listed_forms.keyword_code,
        listed_forms.form_language,
        {{ dbt.split_part('listed_forms.form_list', "'|'", 'numbers.generated_number') }} as form

    from listed_forms

    cross join numbers

),

-- what a text is searched for: the forms of its language, or of both
phrases as (

    {% for language, form_languages in languages.items() -%}
        select distinct
            keyword_code,
            '{{ language }}' as text_language,
            {{ spaced_words(plain_text('form')) }} as phrase

        from forms

        where
            form_language in ('{{ form_languages | join("', '") }}')
            and {{ spaced_words(plain_text('form')) }} != '  '

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

-- a form with a shorter one inside is found with that one, and must not count twice
shortest_phrases as (

    select * from phrases

    where
        not exists (
            select 1 as is_inside from phrases as shorter
            where
                shorter.keyword_code = phrases.keyword_code
                and shorter.text_language = phrases.text_language
                and shorter.phrase != phrases.phrase
                and {{ dbt.position('shorter.phrase', 'phrases.phrase') }} > 0
        )

),

final as (

    select
        ---------- ids
        spoken.transcript_id,
        shortest_phrases.keyword_code,

        ---------- strings
        spoken.speaker,

        ---------- numerics
        cast(sum(
            (
                length(spoken.spaced_text)
                - length(replace(spoken.spaced_text, shortest_phrases.phrase, ''))
            ) / length(shortest_phrases.phrase)
        ) as {{ dbt.type_int() }}) as occurrences

    from spoken

    inner join shortest_phrases
        on
            spoken.text_language = shortest_phrases.text_language
            and {{ dbt.position('shortest_phrases.phrase', 'spoken.spaced_text') }} > 0

    group by
        spoken.transcript_id,
        shortest_phrases.keyword_code,
        spoken.speaker

)

select * from final
