{{ config(unique_key='mention_id') }}

with

latest as (

    {{ latest_deliveries('social', 'social_mentions') }}

),

renamed as (

    select
        ---------- ids
        mention_id,
        author_hash,
        customer_id,
        agent_id,
        ticket_id,

        ---------- strings
        lower(platform) as platform,
        lower(mention_type) as mention_type,
        _source_file as source_file,

        ---------- numerics
        rating_stars,

        ---------- booleans
        requires_reply,
        is_own_or_spam,

        ---------- timestamps (UTC)
        posted_at,
        replied_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
