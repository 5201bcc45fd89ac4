-- Grain: one row per finding on a quality review, an analysis of a defect or the script of a
-- transcript.
{#- a small part of what happens is reviewed: looked at as a whole by each run -#}
{{ config(materialized='table') }}

with

reviews as (

    select * from {{ ref('stg_quality__qa_reviews') }}

),

items as (

    select * from {{ ref('stg_quality__qa_review_items') }}

),

responses as (

    select distinct response_id

    from {{ ref('stg_surveys__survey_responses') }}

),

analyses as (

    select * from {{ ref('stg_quality__root_causes') }}

),

transcripts as (

    select * from {{ ref('stg_speech__transcripts') }}

),

defects as (

    select
        'qa_item' as source_type,
        review_id || ':' || criterion_code as source_id

    from items

    union all

    select
        'dsat_response' as source_type,
        response_id as source_id

    from responses

),

-- nobody has all tables: what was never delivered is no missing reference
delivered as (

    select distinct source_type

    from defects

),

{{ chain_ends('reviews', 'review_id', 'supersedes_review_id') }},

judged as (

    select
        'qa_reviews' as raw_table,
        review_id as row_key,
        'points_obtained' as column_name,
        'value_out_of_range' as reason_code,
        cast(points_obtained as {{ dbt.type_string() }}) as raw_value,
        source_file,
        loaded_at

    from reviews

    where points_obtained > points_applicable

    union all

    -- the end of a circle itself corrects a review
    select
        'qa_reviews' as raw_table,
        reviews.review_id as row_key,
        'supersedes_review_id' as column_name,
        'correction_cycle' as reason_code,
        reviews.supersedes_review_id as raw_value,
        reviews.source_file,
        reviews.loaded_at

    from reviews

    inner join chain_ends
        on reviews.review_id = chain_ends.review_id

    inner join reviews as ends
        on chain_ends.end_id = ends.review_id

    where ends.supersedes_review_id is not null

    union all

    select
        'root_causes' as raw_table,
        analyses.rca_id as row_key,
        'source_id' as column_name,
        'orphan_reference' as reason_code,
        analyses.source_id as raw_value,
        analyses.source_file,
        analyses.loaded_at

    from analyses

    inner join delivered
        on analyses.source_type = delivered.source_type

    left join defects
        on
            analyses.source_type = defects.source_type
            and analyses.source_id = defects.source_id

    where
        analyses.source_id is not null
        and defects.source_id is null

    union all

    select
        'transcripts' as raw_table,
        transcript_id as row_key,
        'script_items_met' as column_name,
        'value_out_of_range' as reason_code,
        cast(script_items_met as {{ dbt.type_string() }}) as raw_value,
        source_file,
        loaded_at

    from transcripts

    where script_items_met > script_items_expected

),

{{ rule_findings([
    ('quality', 'qa_reviews'), ('quality', 'root_causes'), ('speech', 'transcripts'),
]) }}
