{{ config(unique_key='post_id') }}

with

latest as (

    {{ latest_deliveries('social', 'brand_posts') }}

),

renamed as (

    select
        ---------- ids
        post_id,

        ---------- strings
        lower(platform) as platform,
        _source_file as source_file,

        ---------- numerics
        impressions,
        reactions,
        comments,
        shares,

        ---------- timestamps (UTC)
        posted_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
