{{ config(unique_key='governance_review_id') }}

with

latest as (

    {{ latest_deliveries('governance', 'governance_reviews') }}

),

renamed as (

    select
        ---------- ids
        governance_review_id,

        ---------- strings
        forum_code,
        kpi_code,
        lower(cadence) as cadence,
        chaired_by_role,
        decision,
        _source_file as source_file,

        ---------- dates
        due_on,
        held_on,

        ---------- timestamps (UTC)
        _loaded_at as loaded_at

    from latest

)

select * from renamed
