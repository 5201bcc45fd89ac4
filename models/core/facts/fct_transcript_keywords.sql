-- Grain: one row per transcript, keyword and speaker who said it.

{{ config(
    materialized='incremental',
    unique_key=['transcript_id', 'keyword_code', 'speaker'],
    meta={
        'scope': 'all',
        'links': {
            'date': ['occurred_date'],
        },
    }
) }}

with

delivered as (

    select * from {{ ref('stg_speech__transcript_keywords') }}

),

hits as (

    select * from {{ ref('int_transcript_hits') }}

),

transcripts as (

    select * from {{ ref('fct_transcripts') }}

    where is_analysed

),

keyword_codes as (

    select * from {{ ref('dim_keyword') }}

),

said as (

    select
        transcript_id,
        keyword_code,
        speaker,
        -- a row without a number still says that it was said
        coalesce(occurrences, 1) as occurrences,
        case when first_offset_seconds >= 0 then first_offset_seconds end as first_offset_seconds

    from delivered

    where coalesce(occurrences, 1) > 0

    union all

    select
        transcript_id,
        keyword_code,
        speaker,
        occurrences,
        cast(null as {{ dbt.type_int() }}) as first_offset_seconds

    from hits

),

final as (

    select
        ---------- ids
        transcripts.transcript_id,
        coalesce(keyword_codes.keyword_code, 'unknown') as keyword_code,

        ---------- strings
        case when said.speaker in ('agent', 'customer') then said.speaker else 'unknown' end
            as speaker,

        ---------- numerics
        cast(sum(said.occurrences) as {{ dbt.type_int() }}) as occurrences,
        min(said.first_offset_seconds) as first_offset_seconds,

        ---------- dates
        transcripts.occurred_date

    from said

    inner join transcripts
        on said.transcript_id = transcripts.transcript_id

    left join keyword_codes
        on said.keyword_code = keyword_codes.keyword_code

    -- several codes and speakers may be the unknown one
    group by
        transcripts.transcript_id,
        coalesce(keyword_codes.keyword_code, 'unknown'),
        case when said.speaker in ('agent', 'customer') then said.speaker else 'unknown' end,
        transcripts.occurred_date

)

select * from final
