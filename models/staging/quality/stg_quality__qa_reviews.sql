{{ config(unique_key='review_id') }}

with

latest as (

    {{ latest_deliveries('quality', 'qa_reviews') }}

),

renamed as (

    select
        ---------- ids
        review_id,
        interaction_id,
        ticket_id,
        agent_id,
        reviewer_id,
        calibration_session_id,
        supersedes_review_id,

        ---------- strings
        lower(interaction_type) as interaction_type,
        form_code,
        lower(review_kind) as review_kind,
        lower(status) as review_status,
        _source_file as source_file,

        ---------- numerics
        points_obtained,
        points_applicable,

        ---------- booleans
        is_passed,
        has_critical_error,

        ---------- timestamps (UTC)
        interaction_at,
        reviewed_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
