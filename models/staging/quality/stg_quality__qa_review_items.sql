{{ config(unique_key=['review_id', 'criterion_code']) }}

with

latest as (

    {{ latest_deliveries('quality', 'qa_review_items') }}

),

renamed as (

    select
        ---------- ids
        review_id,

        ---------- strings
        criterion_code,
        lower(category) as category,
        lower(result) as result,
        _source_file as source_file,

        ---------- numerics
        weight,

        ---------- booleans
        is_critical,

        ---------- timestamps (UTC)
        _loaded_at as loaded_at

    from latest

)

select * from renamed
