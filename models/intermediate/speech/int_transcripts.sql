-- Grain: one row per transcript delivered.
{{ config(
    materialized='incremental',
    unique_key='transcript_id',
    meta={'scope': {'transcript': 'transcript_id'}}
) }}

with

delivered as (

    select
        *,
        -- `service-kpis forget` leaves this mark of what a person said: nothing to search or count
        transcript_text = 'erased' as is_erased,
        nullif(transcript_text, 'erased') as known_text

    from {{ ref('stg_speech__transcripts') }}

    where {{ is_restated('transcript', 'transcript_id') }}

),

transcripts as (

    select
        *,
        -- only where it is needed: normalising a text costs more than all the rest
        case
            when word_count is null or word_count < 0
                then {{ spaced_words(plain_text('known_text')) }}
        end as spaced_text

    from delivered

),

counted as (

    select distinct transcript_id

    from {{ ref('stg_speech__transcript_keywords') }}

    where {{ is_restated('transcript', 'transcript_id') }}

),

final as (

    select
        ---------- ids
        transcripts.transcript_id,
        transcripts.interaction_id,
        transcripts.ticket_id,
        transcripts.agent_id,

        ---------- strings
        transcripts.interaction_type,
        transcripts.language,
        transcripts.analysis_version,
        case
            when counted.transcript_id is not null then 'delivered'
            when transcripts.known_text is not null then 'text'
            else 'none'
        end as keyword_source,

        ---------- numerics
        case
            when transcripts.word_count >= 0 then transcripts.word_count
            -- each word has two spaces
            else cast((
                    length(transcripts.spaced_text)
                    - length(replace(transcripts.spaced_text, ' ', ''))
                ) / 2 as {{ dbt.type_int() }})
        end as word_count,
        case
            when transcripts.script_items_expected >= 0 then transcripts.script_items_expected
        end as script_items_expected,
        case
            when transcripts.script_items_met >= 0 then transcripts.script_items_met
        end as script_items_met,

        ---------- booleans
        -- only false says that it was not processed (Q08); a text is searched here
        case
            when counted.transcript_id is not null then coalesce(transcripts.is_analysed, true)
            when transcripts.is_erased then false
            else coalesce(transcripts.is_analysed, true) or transcripts.known_text is not null
        end as is_analysed,

        ---------- timestamps (UTC)
        transcripts.occurred_at

    from transcripts

    left join counted
        on transcripts.transcript_id = counted.transcript_id

)

select * from final
